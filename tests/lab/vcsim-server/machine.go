package main

import (
	"fmt"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

var systems = []struct{ role, guest, name string }{
	{"web", "rhel9_64Guest", "Red Hat Enterprise Linux 9 (64-bit)"},
	{"app", "debian12_64Guest", "Debian GNU/Linux 12 (64-bit)"},
	{"sql", "windows2022srvNext_64Guest", "Microsoft Windows Server 2022 (64-bit)"},
}

// Machines that are special; every tenth (9, 19, …) is off besides.
const (
	withSnapshots = 0
	withRawDisk   = 1
	template      = 2
)

func (e *estate) machines(root *object.Folder, clusters []*cluster) {
	folders := []*object.Folder{must(root.CreateFolder(e.ctx, "prod")), must(root.CreateFolder(e.ctx, "test"))}
	for i := range e.vms {
		c := clusters[i%len(clusters)]
		nth := i / len(clusters)
		host, store := c.hosts[nth%len(c.hosts)], c.stores[nth%len(c.stores)]
		vm := e.machine(folders[i%2], c, host, store, i)
		switch i {
		case withSnapshots:
			e.snapshots(vm, store.Name)
		case withRawDisk:
			e.rawDisk(vm, c, store)
		case template:
			check(object.NewVirtualMachine(e.client, vm.Self).MarkAsTemplate(e.ctx))
		}
	}
}

func (e *estate) machine(folder *object.Folder, c *cluster, host *simulator.HostSystem, store *simulator.Datastore, i int) *simulator.VirtualMachine {
	system, group := systems[i%len(systems)], e.groups[i%len(e.groups)]
	name := fmt.Sprintf("%s-%04d", system.role, i)
	spec := types.VirtualMachineConfigSpec{
		Name: name, Uuid: e.seed.uuid("bios", name), InstanceUuid: e.seed.uuid("instance", name), GuestId: system.guest,
		NumCPUs: int32(2 << (i % 3)), NumCoresPerSocket: types.NewInt32(2), MemoryMB: int64(4096 << (i % 3)), Version: "vmx-21", Firmware: "efi",
		Annotation: "run by team " + system.role, CpuHotAddEnabled: types.NewBool(true), MemoryHotAddEnabled: types.NewBool(false),
		Files:        &types.VirtualMachineFileInfo{VmPathName: "[" + store.Name + "]"},
		DeviceChange: e.devices(name, store.Name, group),
	}
	task := must(folder.CreateVM(e.ctx, spec, c.pool, object.NewHostSystem(e.client, host.Self)))
	vm := get[*simulator.VirtualMachine](e, e.settle(task).(ref))
	vm.RecentTask = nil
	vm.Config.GuestFullName, vm.Config.CreateDate = system.name, &birth
	vm.Config.ChangeVersion = birth.Format("2006-01-02T15:04:05.000000Z")
	owner := []types.BaseCustomFieldValue{&types.CustomFieldStringValue{CustomFieldValue: types.CustomFieldValue{Key: e.owner}, Value: "team-" + system.role}}
	vm.CustomValue, vm.Value = owner, owner
	for _, runtime := range []*types.VirtualMachineRuntimeInfo{&vm.Runtime, &vm.Summary.Runtime} { // required by the schema, left empty by the simulator
		runtime.FaultToleranceState = types.VirtualMachineFaultToleranceStateNotConfigured
		runtime.RecordReplayState = types.VirtualMachineRecordReplayStateInactive
		if i%10 != 9 && i != template {
			runtime.PowerState, runtime.BootTime = types.VirtualMachinePowerStatePoweredOn, &birth
		}
	}
	if vm.Runtime.BootTime != nil {
		e.guest(vm, group.Name, i)
	}
	return vm
}

func (e *estate) devices(name, store string, group *simulator.DistributedVirtualPortgroup) []types.BaseVirtualDeviceConfigSpec {
	scsi := new(types.ParaVirtualSCSIController)
	scsi.Key, scsi.SharedBus = 1000, types.VirtualSCSISharingNoSharing
	backing := &types.VirtualDiskFlatVer2BackingInfo{DiskMode: "persistent", ThinProvisioned: types.NewBool(true), Uuid: e.seed.uuid("disk", name)}
	backing.FileName = fmt.Sprintf("[%s] %s/%s.vmdk", store, name, name)
	disk := &types.VirtualDisk{CapacityInKB: 40 << 20}
	disk.Key, disk.ControllerKey, disk.UnitNumber, disk.Backing = 2000, scsi.Key, types.NewInt32(0), backing
	nic := new(types.VirtualVmxnet3)
	nic.Key, nic.AddressType, nic.MacAddress = 4000, "assigned", e.mac("00:50:56", "vm", name)
	nic.Connectable = &types.VirtualDeviceConnectInfo{StartConnected: true, AllowGuestControl: true, Connected: true}
	nic.Backing = &types.VirtualEthernetCardDistributedVirtualPortBackingInfo{
		Port: types.DistributedVirtualSwitchPortConnection{SwitchUuid: e.dvs.Uuid, PortgroupKey: group.Key}}
	add := types.VirtualDeviceConfigSpecOperationAdd
	return []types.BaseVirtualDeviceConfigSpec{
		&types.VirtualDeviceConfigSpec{Operation: add, Device: scsi},
		&types.VirtualDeviceConfigSpec{Operation: add, Device: disk, FileOperation: types.VirtualDeviceConfigSpecFileOperationCreate},
		&types.VirtualDeviceConfigSpec{Operation: add, Device: nic},
	}
}

// guest fills what VMware Tools say of a running machine.
func (e *estate) guest(vm *simulator.VirtualMachine, network string, i int) {
	four := fmt.Sprintf("10.%d.%d.%d", portGroups[i%len(portGroups)].vlan, i/250, i%250+1)
	six := fmt.Sprintf("2001:db8::%x", i+1)
	addresses := []types.NetIpConfigInfoIpAddress{{IpAddress: four, PrefixLength: 16, State: "preferred"}, {IpAddress: six, PrefixLength: 64, State: "preferred"}}
	g := vm.Guest
	g.HostName, g.IpAddress, g.GuestState, g.GuestId, g.GuestFullName = vm.Name+".lab.example", four, "running", vm.Config.GuestId, vm.Config.GuestFullName
	g.ToolsStatus, g.ToolsRunningStatus, g.ToolsVersion = "toolsOk", "guestToolsRunning", "12389"
	g.Net = []types.GuestNicInfo{{Network: network, MacAddress: e.mac("00:50:56", "vm", vm.Name), Connected: true, DeviceConfigId: 4000,
		IpAddress: []string{four, six}, IpConfig: &types.NetIpConfigInfo{IpAddress: addresses}}}
	s := vm.Summary.Guest
	s.HostName, s.IpAddress, s.ToolsStatus, s.ToolsRunningStatus = g.HostName, g.IpAddress, g.ToolsStatus, g.ToolsRunningStatus
}

// snapshots takes two and chains the disk as a vCenter would; the simulator leaves the disk as it was.
func (e *estate) snapshots(vm *simulator.VirtualMachine, store string) {
	machine := object.NewVirtualMachine(e.client, vm.Self)
	for n, name := range []string{"before patch", "after patch"} {
		e.settle(must(machine.CreateSnapshot(e.ctx, name, "", false, false)))
		for _, device := range vm.Config.Hardware.Device {
			if disk, ok := device.(*types.VirtualDisk); ok {
				delta := *disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
				delta.Parent = disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
				delta.FileName = fmt.Sprintf("[%s] %s/%s-%06d.vmdk", store, vm.Name, vm.Name, n+1)
				disk.Backing = &delta
			}
		}
	}
}

func (e *estate) rawDisk(vm *simulator.VirtualMachine, c *cluster, store *simulator.Datastore) {
	raw := c.luns[len(c.luns)-1]
	backing := &types.VirtualDiskRawDiskMappingVer1BackingInfo{LunUuid: lunUUID(raw), DeviceName: "vml." + lunUUID(raw),
		CompatibilityMode: "physicalMode", DiskMode: "independent_persistent", Uuid: e.seed.uuid("raw", vm.Name)}
	backing.FileName, backing.Datastore = fmt.Sprintf("[%s] %s/%s_1.vmdk", store.Name, vm.Name, vm.Name), &store.Self
	disk := &types.VirtualDisk{CapacityInKB: raw.gib << 20, CapacityInBytes: raw.gib << 30}
	disk.Key, disk.ControllerKey, disk.UnitNumber, disk.Backing = 2001, 1000, types.NewInt32(1), backing
	disk.DeviceInfo = &types.Description{Label: "Hard disk 2", Summary: "raw device"}
	vm.Config.Hardware.Device = append(vm.Config.Hardware.Device, disk)
}
