package main

import (
	"slices"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// rule limits what one user sees of one object, for so many answers (0: for ever).
type rule struct {
	User  string // "*" for everybody
	Ref   string // value of the moref
	Mode  string // hidden: in no view and no answer; lost: in no answer; unread: every path is refused
	Times int
	spent bool
}

// limits is what the server keeps from its clients.
var limits struct {
	sync.Mutex
	rules []*rule
	page  int32 // most objects in an answer, whatever was asked; 0 for no limit
}

// sight is the simulator's property collector under those limits.
type sight struct{ simulator.PropertyCollector }

func (s *sight) RetrievePropertiesEx(ctx *simulator.Context, asked *types.RetrievePropertiesEx) soap.HasFault {
	limits.Lock()
	if page := limits.page; page > 0 && (asked.Options.MaxObjects <= 0 || asked.Options.MaxObjects > page) {
		asked.Options.MaxObjects = page
	}
	limits.Unlock()
	reply := s.PropertyCollector.RetrievePropertiesEx(ctx, asked)
	if body := reply.(*methods.RetrievePropertiesExBody); body.Res != nil && body.Res.Returnval != nil {
		body.Res.Returnval.Objects = visible(ctx, body.Res.Returnval.Objects)
	}
	return reply
}

func (s *sight) ContinueRetrievePropertiesEx(ctx *simulator.Context, asked *types.ContinueRetrievePropertiesEx) soap.HasFault {
	reply := s.PropertyCollector.ContinueRetrievePropertiesEx(ctx, asked)
	if body := reply.(*methods.ContinueRetrievePropertiesExBody); body.Res != nil {
		body.Res.Returnval.Objects = visible(ctx, body.Res.Returnval.Objects)
	}
	return reply
}

func visible(ctx *simulator.Context, objects []types.ObjectContent) []types.ObjectContent {
	limits.Lock()
	defer limits.Unlock()
	if ctx.Session == nil || len(limits.rules) == 0 {
		return objects
	}
	user := ctx.Session.UserName
	for n, object := range objects {
		if found := ruleFor(user, object.Obj.Value); found != nil && found.Mode == "unread" && found.use() {
			objects[n] = refused(object)
			continue
		}
		for i, property := range object.PropSet {
			if list, ok := property.Val.(types.ArrayOfManagedObjectReference); ok && property.Name == "view" {
				list.ManagedObjectReference = slices.DeleteFunc(list.ManagedObjectReference, func(r ref) bool {
					found := ruleFor(user, r.Value)
					return found != nil && found.Mode == "hidden"
				})
				object.PropSet[i].Val = list
			}
		}
	}
	return slices.DeleteFunc(objects, func(object types.ObjectContent) bool {
		found := ruleFor(user, object.Obj.Value)
		return found != nil && found.Mode != "unread" && found.use()
	})
}

func refused(object types.ObjectContent) types.ObjectContent {
	for _, property := range object.PropSet {
		fault := types.LocalizedMethodFault{Fault: &types.NoPermission{Object: &object.Obj, PrivilegeId: "System.Read"}}
		object.MissingSet = append(object.MissingSet, types.MissingProperty{Path: property.Name, Fault: fault})
	}
	object.PropSet = nil
	return object
}

func ruleFor(user, ref string) *rule {
	for _, r := range limits.rules {
		if r.Ref == ref && (r.User == "*" || r.User == user) && !r.spent {
			return r
		}
	}
	return nil
}

func (r *rule) use() bool {
	r.Times--
	r.spent = r.Times == 0
	return true
}
