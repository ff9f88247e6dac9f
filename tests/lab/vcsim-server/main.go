// Command vcsim is a vCenter for driftline's tests: govmomi's simulator with an estate whose identities follow from
// a seed, and a control endpoint for what the vSphere API cannot do to itself. It prints one line of JSON when ready.
package main

import (
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// logins are the names that may log in; none means everybody may.
type logins map[string]string

func (l logins) String() string { return "" }

func (l logins) Set(text string) error {
	name, password, _ := strings.Cut(text, ":")
	if name == "" || password == "" {
		return errors.New("want name:password")
	}
	l[name] = password
	return nil
}

func main() {
	var size size
	users := logins{}
	number := flag.Int64("seed", 1, "every identity follows from it")
	flag.IntVar(&size.clusters, "clusters", 2, "clusters")
	flag.IntVar(&size.hosts, "hosts", 3, "hosts in each cluster")
	flag.IntVar(&size.datastores, "datastores", 2, "VMFS datastores in each cluster")
	flag.IntVar(&size.vms, "vms", 24, "virtual machines in all")
	uuid := flag.String("uuid", "", "the instanceUuid of the vCenter (default: from the seed)")
	version := flag.String("api", "8.0.2.0", "the API version it claims")
	listen := flag.String("listen", "127.0.0.1:0", "address of the vSphere API, loopback")
	certificate := flag.String("tls", "", "speak https and write the certificate to this file")
	zip := flag.Bool("gzip", true, "compress answers for clients that accept it, as a vCenter does")
	owner := flag.Int("owner", 0, "stop when this process has ended")
	flag.String("folder", "", "the lab's folder of this simulator: only a mark on the command line")
	flag.Var(users, "user", "name:password that may log in, repeatable (default: everybody may)")
	flag.Parse()
	log.SetOutput(io.Discard) // the simulator's own

	model := simulator.VPX()
	model.Datacenter = 0 // the estate is ours
	about := &model.ServiceContent.About
	about.ApiVersion, about.Version = *version, strings.TrimSuffix(*version, ".0")
	about.FullName = fmt.Sprintf("%s %s build-%s", about.Name, about.Version, about.Build)
	check(model.Create())
	defer model.Remove()

	started := time.Now()
	e := build(model, seed(*number), size, *uuid)
	server := serve(e, loopback(*listen), users, *certificate, *zip)
	control, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go func() { check(http.Serve(control, e.doors())) }()
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"url":           server.URL.Scheme + "://" + server.URL.Host + "/sdk",
		"control":       "http://" + control.Addr().String(),
		"instance_uuid": e.uuid,
		"seconds":       time.Since(started).Seconds(),
	}))
	wait(*owner)
}

// serve opens the vSphere API with our hands on it: the hook before each method and the layer on the wire.
func serve(e *estate, listen string, users logins, certificate string, zip bool) *simulator.Server {
	service := e.model.Service
	service.Listen = &url.URL{Host: listen}
	for name, password := range users { // any of them switches the check on
		service.Listen.User = url.UserPassword(name, password)
	}
	e.registry.SessionManager().ValidLogin = func(asked *types.Login) bool {
		password, known := users[asked.UserName]
		return known && password == asked.Password
	}
	if certificate != "" {
		service.TLS = new(tls.Config)
	}
	service.RegisterEndpoints = true
	server := service.NewServer()
	e.registry.Handler = e.before
	server.Config.Handler = onWire(server.Config.Handler, zip)
	if certificate != "" {
		block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
		check(os.WriteFile(certificate, pem.EncodeToMemory(block), 0o600))
	}
	account := service.Listen.User
	if account == nil {
		account = url.UserPassword("tags", "tags")
	}
	e.tag(server.URL, account)
	return server
}

// wait returns at a signal, or when the owner has ended. Open calls are not waited for: one may hang for ever.
func wait(owner int) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	for {
		select {
		case <-stop:
			return
		case <-time.After(2 * time.Second):
			if owner != 0 && errors.Is(syscall.Kill(owner, 0), syscall.ESRCH) {
				return
			}
		}
	}
}

func loopback(address string) string {
	host, _, err := net.SplitHostPort(address)
	check(err)
	if !net.ParseIP(host).IsLoopback() {
		check(fmt.Errorf("%s is not a loopback address", address))
	}
	return address
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "vcsim:", err)
		os.Exit(1)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}
