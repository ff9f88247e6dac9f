package main

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// fault is raised by a method instead of its answer.
type fault struct {
	Method string
	User   string // "" for everybody
	Fault  any    // with its _typeName
	Skip   int    // let so many calls pass first
	Times  int    // then refuse so many, 0 for all
}

var faults struct {
	sync.Mutex
	list []*fault
}

// rewound is an event collector that nobody has read yet. The simulator's rewind skips the first event; a fresh
// collector stands at its start already, so rewinding one does nothing.
type rewound struct {
	*simulator.EventHistoryCollector
}

func (*rewound) RewindCollector(*simulator.Context, *types.RewindCollector) soap.HasFault {
	return &methods.RewindCollectorBody{Res: new(types.RewindCollectorResponse)}
}

var (
	collectorsRead sync.Map // by moref
	unregistered   sync.Map // machines by the path of their file
)

// before is called with every method that comes over the API.
func (e *estate) before(ctx *simulator.Context, method *simulator.Method) (mo.Reference, types.BaseMethodFault) {
	if ctx.Session != nil {
		switch method.Name {
		case "RewindCollector":
			_, read := collectorsRead.Load(method.This)
			if c, ok := ctx.Session.Get(method.This).(*simulator.EventHistoryCollector); ok && !read {
				ctx.Session.Put(&rewound{c})
			}
		case "UnregisterVM":
			if vm, ok := e.registry.Get(method.This).(*simulator.VirtualMachine); ok {
				unregistered.Store(vm.Config.Files.VmPathName, vm)
			}
		case "ReadNextEvents":
			collectorsRead.Store(method.This, true)
			if c, ok := ctx.Session.Get(method.This).(*rewound); ok {
				ctx.Session.Put(c.EventHistoryCollector)
			}
		}
	}
	faults.Lock()
	defer faults.Unlock()
	for _, f := range faults.list {
		if f.Method == method.Name && (f.User == "" || ctx.Session != nil && f.User == ctx.Session.UserName) && f.due() {
			return nil, f.Fault.(types.BaseMethodFault)
		}
	}
	return nil, nil
}

func (f *fault) due() bool {
	if f.Skip > 0 {
		f.Skip--
		return false
	}
	if f.Times == 1 {
		f.Times = -1 // used up
		return true
	}
	if f.Times > 1 {
		f.Times--
		return true
	}
	return f.Times == 0
}

// doors serves the control endpoint. A typed value is written as the vSphere JSON API writes it:
// {"_typeName": "HostNtpConfig", …}, {"_typeName": "int", "_value": 4}, {"_typeName": "ArrayOfString", "_value": […]}.
func (e *estate) doors() http.Handler {
	mux := http.NewServeMux()
	door(mux, "POST /set", e.set)
	door(mux, "POST /event", e.decorate)
	door(mux, "POST /reread", e.reread)
	door(mux, "POST /hints", e.hint)
	door(mux, "POST /rules", func(asked *[]*rule) error {
		limits.Lock()
		defer limits.Unlock()
		limits.rules = *asked
		return nil
	})
	door(mux, "POST /paging", func(asked *paging) error {
		limits.Lock()
		defer limits.Unlock()
		limits.page = asked.Limit
		e.model.DelayConfig.MethodDelay = asked.DelayMs
		return nil
	})
	door(mux, "POST /faults", func(asked *[]*fault) error {
		for _, f := range *asked {
			value := reflect.New(reflect.TypeOf(f.Fault)) // faults are pointers inside govmomi, the decoder makes values
			value.Elem().Set(reflect.ValueOf(f.Fault))
			f.Fault = value.Interface()
			if _, ok := f.Fault.(types.BaseMethodFault); !ok {
				return fmt.Errorf("%T is no fault", f.Fault)
			}
		}
		faults.Lock()
		defer faults.Unlock()
		faults.list = *asked
		return nil
	})
	door(mux, "POST /wire", func(asked *[]*edit) error {
		edits.Lock()
		defer edits.Unlock()
		edits.list = *asked
		return nil
	})
	return mux
}

// door decodes what was posted, does it, and answers 400 with the reason when it cannot be done.
func door[T any](mux *http.ServeMux, pattern string, do func(*T) error) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := attempt(r.Body, do); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})
}

func attempt[T any](body io.Reader, do func(*T) error) (err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("%v", problem)
		}
	}()
	asked := new(T)
	if err := types.NewJSONDecoder(body).Decode(asked); err != nil {
		return err
	}
	return do(asked)
}

type paging struct {
	Limit   int32          // most objects in an answer
	DelayMs map[string]int // by method
}

type assignment struct {
	Type, Ref, Path string
	Value           any // null unsets
}

// set changes any property of any object, without an event.
func (e *estate) set(asked *assignment) error {
	object := e.registry.Get(ref{Type: asked.Type, Value: asked.Ref})
	if object == nil {
		return fmt.Errorf("there is no %s %s", asked.Type, asked.Ref)
	}
	ctx := *e.model.Service.Context
	var problem any
	ctx.WithLock(object, func() {
		defer func() { problem = recover() }() // behind WithLock it would leave the object locked
		ctx.Update(object, []types.PropertyChange{{Name: asked.Path, Val: asked.Value}})
	})
	if problem != nil {
		return fmt.Errorf("%s: %v", asked.Path, problem)
	}
	return nil
}

// reread gives a machine that was registered again what a vCenter reads from its file; the simulator makes a new one.
func (e *estate) reread(asked *ref) error {
	vm := get[*simulator.VirtualMachine](e, *asked)
	kept, ok := unregistered.Load(vm.Config.Files.VmPathName)
	if !ok {
		return fmt.Errorf("%s was never unregistered", vm.Config.Files.VmPathName)
	}
	old, ctx := kept.(*simulator.VirtualMachine), *e.model.Service.Context
	ctx.WithLock(vm, func() {
		vm.Config, vm.Summary.Config, vm.Network = old.Config, old.Summary.Config, old.Network
	})
	return nil
}

type hinted struct {
	Ref   string // of the host
	Hints []types.PhysicalNicHintInfo
}

// hint lets a host hear something on its cards; the simulator's hosts hear nothing.
func (e *estate) hint(asked *hinted) error {
	host := get[*simulator.HostSystem](e, ref{Type: "HostSystem", Value: asked.Ref})
	network := get[*simulator.HostNetworkSystem](e, *host.ConfigManager.NetworkSystem)
	ctx := *e.model.Service.Context
	ctx.WithLock(network, func() { network.QueryNetworkHintResponse.Returnval = asked.Hints })
	return nil
}

type decoration struct {
	Key           int32
	UserName      *string
	ChangeTag     *string
	ChainId       *int32
	CreatedTime   *time.Time
	ConfigChanges *types.ChangesInfoEventArgument
}

// decorate writes into a past event what the simulator leaves out.
func (e *estate) decorate(asked *decoration) error {
	manager := e.registry.EventManager()
	ctx := *e.model.Service.Context
	problem := fmt.Errorf("event %d is not among the last 1,000", asked.Key)
	ctx.WithLock(manager, func() {
		filter := types.EventFilterSpec{MaxCount: 1000}
		reply := manager.QueryEvents(&ctx, &types.QueryEvents{Filter: filter}).(*methods.QueryEventsBody)
		for _, event := range reply.Res.Returnval {
			if event.GetEvent().Key == asked.Key {
				problem = asked.write(event)
			}
		}
	})
	return problem
}

func (d *decoration) write(event types.BaseEvent) error {
	target := event.GetEvent()
	put(&target.UserName, d.UserName)
	put(&target.ChangeTag, d.ChangeTag)
	put(&target.ChainId, d.ChainId)
	put(&target.CreatedTime, d.CreatedTime)
	if d.ConfigChanges == nil {
		return nil
	}
	field := reflect.ValueOf(event).Elem().FieldByName("ConfigChanges")
	if !field.IsValid() {
		return fmt.Errorf("a %T has no configChanges", event)
	}
	field.Set(reflect.ValueOf(d.ConfigChanges))
	return nil
}

func put[T any](target, value *T) {
	if value != nil {
		*target = *value
	}
}
