package main

import (
	"net/url"
	"sort"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vapi/rest"
	_ "github.com/vmware/govmomi/vapi/simulator" // serves /rest/com/vmware/cis
	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
)

// tagged is how many VMs carry a tag: the first by name, so that some of a large estate carry none.
const tagged = 200

// tag hangs environment/prod and environment/test on VMs by turns, over the API: tags have no other door.
func (e *estate) tag(server *url.URL, account *url.Userinfo) {
	address := *server
	address.User = account
	session := rest.NewClient(must(vim25.NewClient(e.ctx, soap.NewClient(&address, true))))
	check(session.Login(e.ctx, account))
	manager := tags.NewManager(session)
	category := must(manager.CreateCategory(e.ctx, &tags.Category{Name: "environment", Cardinality: "SINGLE", AssociableTypes: []string{"VirtualMachine"}}))
	vms := e.registry.All("VirtualMachine")
	sort.Slice(vms, func(i, j int) bool { return vms[i].Entity().Name < vms[j].Entity().Name })
	for turn, name := range []string{"prod", "test"} {
		id := must(manager.CreateTag(e.ctx, &tags.Tag{Name: name, CategoryID: category}))
		var chosen []mo.Reference
		for i := turn; i < min(len(vms), tagged); i += 2 {
			chosen = append(chosen, vms[i].(*simulator.VirtualMachine))
		}
		if len(chosen) > 0 {
			check(manager.AttachTagToMultipleObjects(e.ctx, id, chosen))
		}
	}
	check(session.Logout(e.ctx))
}
