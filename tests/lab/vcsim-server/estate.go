package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

type ref = types.ManagedObjectReference

type size struct{ clusters, hosts, datastores, vms int }

// portGroups of the distributed switch, with their VLANs.
var portGroups = []struct {
	name string
	vlan int32
}{{"front", 110}, {"middle", 120}, {"data", 130}}

// birth is the time of everything in the estate, so that equal seeds give equal estates.
var birth = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// estate is built by API calls in this process where the API can, and by hand where it cannot.
type estate struct {
	seed
	size
	uuid     string
	model    *simulator.Model
	registry *simulator.Registry
	client   *vim25.Client
	ctx      context.Context
	dvs      *simulator.DistributedVirtualSwitch
	groups   []*simulator.DistributedVirtualPortgroup
	owner    int32 // key of the custom field
}

// build fills an empty model.
func build(model *simulator.Model, number seed, size size, uuid string) *estate {
	ctx := context.Background()
	e := &estate{seed: number, size: size, uuid: uuid, model: model, registry: model.Map(), ctx: ctx}
	if uuid == "" {
		e.uuid = e.seed.uuid("vcenter")
	}
	instance := get[*simulator.ServiceInstance](e, vim25.ServiceInstance)
	instance.Content.About.InstanceUuid = e.uuid
	e.client = must(vim25.NewClient(ctx, model.Service))
	sight := new(sight)
	sight.Self = instance.Content.PropertyCollector
	e.registry.Put(sight) // every session gets a collector of this type
	trimTemplate()

	center := must(object.NewRootFolder(e.client).CreateDatacenter(ctx, "DC0"))
	folders := must(center.Folders(ctx))
	e.customField()
	e.network(folders.NetworkFolder)
	var clusters []*cluster
	for i := range size.clusters {
		clusters = append(clusters, e.cluster(folders.HostFolder, i))
	}
	e.machines(folders.VmFolder, clusters)
	return e
}

// trimTemplate takes from the simulator's ESXi what every host would copy and no test reads.
func trimTemplate() {
	esx.AdvancedOptions = esx.AdvancedOptions[:1]
	config := *esx.HostSystem.Config
	config.Option, config.OptionDef, config.Firewall, config.StorageDevice = nil, nil, nil, nil
	config.FileSystemVolume = new(types.HostFileSystemVolumeInfo)
	esx.HostSystem.Config = &config
}

func (e *estate) customField() {
	manager := must(object.GetCustomFieldsManager(e.client))
	e.owner = must(manager.Add(e.ctx, "owner", "VirtualMachine", nil, nil)).Key
	for i := range e.registry.CustomFieldsManager().Field { // required by the schema, left empty by the simulator
		e.registry.CustomFieldsManager().Field[i].Type = "string"
	}
}

func (e *estate) network(folder *object.Folder) {
	spec := types.DVSCreateSpec{ConfigSpec: &types.VMwareDVSConfigSpec{
		DVSConfigSpec: types.DVSConfigSpec{
			Name: "DVS0", ConfigVersion: "1", MaxPorts: 4096,
			UplinkPortPolicy: &types.DVSNameArrayUplinkPortPolicy{UplinkPortName: []string{"Uplink 1", "Uplink 2"}},
		},
		MaxMtu: 9000,
	}}
	made := e.settle(must(folder.CreateDVS(e.ctx, spec)))
	e.dvs = get[*simulator.DistributedVirtualSwitch](e, made.(ref))
	for len(e.dvs.Portgroup) == 0 { // the simulator adds the uplinks by a task of its own
		time.Sleep(time.Millisecond)
	}
	info := e.dvs.Config.GetDVSConfigInfo()
	e.dvs.Uuid = e.seed.uuid("dvs")
	e.dvs.Summary.Uuid, info.Uuid = e.dvs.Uuid, e.dvs.Uuid
	uplinks := get[*simulator.DistributedVirtualPortgroup](e, e.dvs.Portgroup[0])
	uplinks.Config.Uplink, info.UplinkPortgroup = types.NewBool(true), []ref{uplinks.Self}

	var specs []types.DVPortgroupConfigSpec
	for _, group := range portGroups {
		vlan := &types.VmwareDistributedVirtualSwitchVlanIdSpec{VlanId: group.vlan}
		specs = append(specs, types.DVPortgroupConfigSpec{
			Name: group.name, Type: "earlyBinding", NumPorts: 8, ConfigVersion: "1",
			DefaultPortConfig: &types.VMwareDVSPortSetting{Vlan: vlan},
		})
	}
	dvs := object.NewDistributedVirtualSwitch(e.client, e.dvs.Self)
	e.settle(must(dvs.AddPortgroup(e.ctx, specs)))
	for _, group := range e.dvs.Portgroup[1:] {
		e.groups = append(e.groups, get[*simulator.DistributedVirtualPortgroup](e, group))
	}
}

// lun is a disk of the shared array, seen by every host of one cluster.
type lun struct {
	name, serial string
	number       int32
	gib          int64
}

type cluster struct {
	*object.ClusterComputeResource
	pool   *object.ResourcePool
	hosts  []*simulator.HostSystem
	stores []*simulator.Datastore
	luns   []lun // the last one belongs to no datastore: it is mapped raw
}

func (e *estate) cluster(folder *object.Folder, number int) *cluster {
	name := fmt.Sprintf("C%d", number)
	made := must(folder.CreateCluster(e.ctx, name, types.ClusterConfigSpecEx{}))
	on := types.NewBool(true)
	spec := &types.ClusterConfigSpecEx{
		DasConfig: &types.ClusterDasConfigInfo{Enabled: on, AdmissionControlEnabled: on},
		DrsConfig: &types.ClusterDrsConfigInfo{Enabled: on, DefaultVmBehavior: types.DrsBehaviorFullyAutomated},
	}
	e.settle(must(made.Reconfigure(e.ctx, spec, true)))
	c := &cluster{ClusterComputeResource: made, pool: must(made.ResourcePool(e.ctx))}
	volumes := e.volumes(c, name)
	member := new(types.DVSConfigSpec)
	for h := range e.hosts {
		host := e.host(c, fmt.Sprintf("esx-%d-%d.lab.example", number, h))
		c.hosts = append(c.hosts, host)
		member.Host = append(member.Host, types.DistributedVirtualSwitchHostMemberConfigSpec{Operation: "add", Host: host.Self})
	}
	e.settle(must(object.NewDistributedVirtualSwitch(e.client, e.dvs.Self).Reconfigure(e.ctx, member)))
	for _, volume := range volumes {
		c.stores = append(c.stores, e.datastore(c, volume))
	}
	return c
}

// volumes makes the VMFS volumes of a cluster and their LUNs; the first volume spans two.
func (e *estate) volumes(c *cluster, cluster string) (all []*types.HostVmfsVolume) {
	add := func(gib int64) lun {
		serial := e.hex(24, "lun", cluster, len(c.luns))
		l := lun{"naa.624a9370" + strings.ToLower(serial), serial, int32(len(c.luns) + 1), gib}
		c.luns = append(c.luns, l)
		return l
	}
	for d := range e.datastores {
		name := fmt.Sprintf("%s-DS%d", cluster, d)
		v := &types.HostVmfsVolume{Uuid: e.vmfs(name), MajorVersion: 6, Version: "6.82", BlockSizeMb: 1, Local: types.NewBool(false)}
		v.Type, v.Name = "VMFS", name
		for range 1 + max(0, 1-d) {
			v.Extent = append(v.Extent, types.HostScsiDiskPartition{DiskName: add(2048).name, Partition: 1})
			v.Capacity += 2048 << 30
		}
		all = append(all, v)
	}
	add(512)
	return all
}

// datastore mounts a volume on every host of the cluster. summary.url stays the simulator's own folder: it finds files by it.
func (e *estate) datastore(c *cluster, volume *types.HostVmfsVolume) *simulator.Datastore {
	folder := must(os.MkdirTemp("", volume.Name+"-"))
	var made *simulator.Datastore
	for _, host := range c.hosts {
		system := object.NewHostDatastoreSystem(e.client, *host.ConfigManager.DatastoreSystem)
		store := must(system.CreateLocalDatastore(e.ctx, volume.Name, folder))
		if made == nil { // the others answer with an empty reference
			made = get[*simulator.Datastore](e, store.Reference())
		}
		mount := types.HostMountInfo{Path: "/vmfs/volumes/" + volume.Uuid, AccessMode: "readWrite", Mounted: types.NewBool(true), Accessible: types.NewBool(true)}
		mounts := &host.Config.FileSystemVolume.MountInfo
		*mounts = append(*mounts, types.HostFileSystemMountInfo{MountInfo: mount, Volume: volume})
	}
	info := types.DatastoreInfo{Name: volume.Name, Url: "ds:///vmfs/volumes/" + volume.Uuid + "/", FreeSpace: volume.Capacity / 2, Timestamp: &birth}
	made.Info = &types.VmfsDatastoreInfo{DatastoreInfo: info, Vmfs: volume}
	made.Summary.Type, made.Summary.Capacity, made.Summary.FreeSpace = "VMFS", volume.Capacity, volume.Capacity/2
	made.Summary.MultipleHostAccess = types.NewBool(len(c.hosts) > 1)
	return made
}

// settle waits for a task by looking at it, for the simulator's own way costs 20 ms, and forgets it.
func (e *estate) settle(task *object.Task) any {
	t := get[*simulator.Task](e, task.Reference())
	var info types.TaskInfo
	for info.State != types.TaskInfoStateSuccess {
		time.Sleep(20 * time.Microsecond)
		e.registry.WithLock(new(simulator.Context), t, func() { info = t.Info })
		if info.Error != nil {
			check(fmt.Errorf("%s: %+v", info.Name, info.Error.Fault))
		}
	}
	e.registry.Remove(e.model.Service.Context, t.Self)
	return info.Result
}

func get[T mo.Reference](e *estate, r ref) T { return e.registry.Get(r).(T) }
