package main

import (
	"fmt"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25/types"
)

// above63 is the first world wide name that is negative in the signed integers of the API.
const above63 = uint64(1) << 63

func (e *estate) host(c *cluster, name string) *simulator.HostSystem {
	spec := types.HostConnectSpec{HostName: name}
	host := get[*simulator.HostSystem](e, e.settle(must(c.AddHost(e.ctx, spec, true, nil, nil))).(ref))
	serial := e.hex(7, "serial", name)
	tag := types.HostSystemIdentificationInfo{IdentifierValue: serial, IdentifierType: &types.ElementDescription{
		Description: types.Description{Label: "Service tag", Summary: "Service tag of the system"}, Key: "ServiceTag"}}
	system := types.HostSystemInfo{Vendor: "Dell Inc.", Model: "PowerEdge R750", Uuid: e.seed.uuid("host", name),
		SerialNumber: serial, OtherIdentifyingInfo: []types.HostSystemIdentificationInfo{tag}}
	host.Hardware.SystemInfo = system
	summary := host.Summary.Hardware
	summary.Vendor, summary.Model, summary.Uuid, summary.OtherIdentifyingInfo = system.Vendor, system.Model, system.Uuid, system.OtherIdentifyingInfo
	host.Runtime.BootTime = &birth
	product := esx.HostSystem.Config.Product
	product.Version, product.Build, product.ApiVersion = "8.0.2", "22380479", "8.0.2.0"
	product.FullName = "VMware ESXi 8.0.2 build-22380479"
	host.Config.Product = product
	host.Config.DateTimeInfo = &types.HostDateTimeInfo{
		TimeZone:  types.HostDateTimeSystemTimeZone{Key: "UTC", Name: "UTC", Description: "UTC"},
		NtpConfig: &types.HostNtpConfig{Server: []string{"ntp1.lab.example", "ntp2.lab.example"}},
	}
	e.wire(host)
	host.Config.StorageDevice = e.storage(c, name)
	storage := get[*simulator.HostStorageSystem](e, *host.ConfigManager.StorageSystem)
	storage.StorageDeviceInfo = host.Config.StorageDevice
	return host
}

// wire gives a host four ports: two on the standard switch of the template, two on the distributed one.
func (e *estate) wire(host *simulator.HostSystem) {
	network := host.Config.Network
	network.Pnic = nil
	var keys []string
	for p := range 4 {
		device := fmt.Sprintf("vmnic%d", p)
		nic := types.PhysicalNic{Key: "key-vim.host.PhysicalNic-" + device, Device: device, Driver: "i40en", Mac: e.mac("e4:43:4b", host.Name, device),
			Pci: fmt.Sprintf("0000:18:00.%d", p), LinkSpeed: &types.PhysicalNicLinkInfo{SpeedMb: 25000, Duplex: true}}
		network.Pnic = append(network.Pnic, nic)
		keys = append(keys, nic.Key)
	}
	for i := range network.Vswitch {
		network.Vswitch[i].Pnic = keys[:2]
	}
	for i := range network.Vnic {
		n := e.number("vmk", host.Name, i)
		network.Vnic[i].Spec.Mac = e.mac("00:50:56", "vmk", host.Name, i)
		network.Vnic[i].Spec.Ip = &types.HostIpConfig{IpAddress: fmt.Sprintf("10.%d.%d.%d", 8+i, n>>8&0xff, n&0xff), SubnetMask: "255.255.0.0"}
	}
	network.ProxySwitch = []types.HostProxySwitch{{DvsUuid: e.dvs.Uuid, DvsName: e.dvs.Name, Key: "key-vim.host.ProxySwitch-" + e.dvs.Name, Pnic: keys[2:], Mtu: 9000}}
	get[*simulator.HostNetworkSystem](e, *host.ConfigManager.NetworkSystem).NetworkInfo = network

	member := types.DistributedVirtualSwitchHostMember{Status: "up", Config: types.DistributedVirtualSwitchHostMemberConfigInfo{Host: &host.Self,
		Backing: &types.DistributedVirtualSwitchHostMemberPnicBacking{PnicSpec: []types.DistributedVirtualSwitchHostMemberPnicSpec{
			{PnicDevice: "vmnic2", UplinkPortKey: "16"}, {PnicDevice: "vmnic3", UplinkPortKey: "17"}}}}}
	info := e.dvs.Config.GetDVSConfigInfo()
	info.Host = append(info.Host, member)
}

// storage gives a host a local disk, and every LUN of its cluster over each of its two Fibre Channel adapters.
func (e *estate) storage(c *cluster, host string) *types.HostStorageDeviceInfo {
	wwn := e.number("wwn", host) & 0xffffff0
	adapters := []types.BaseHostHostBusAdapter{
		&types.HostBlockHba{HostHostBusAdapter: adapter("BlockHba", "vmhba0", "PERC H755", "lsi_mr3")},
		fibreChannel("vmhba1", 0x1000_0090_fa00_0000+wwn),
		fibreChannel("vmhba2", above63+0x5000_0090_fa00_0001+wwn),
		&types.HostInternetScsiHba{HostHostBusAdapter: adapter("InternetScsiHba", "vmhba64", "iSCSI Software Adapter", "iscsi_vmk"),
			IsSoftwareBased: true, IScsiName: "iqn.1998-01.com.vmware:" + host},
	}
	device := &types.HostStorageDeviceInfo{HostBusAdapter: adapters}
	local := lun{name: "mpx.vmhba0:C0:T0:L0", serial: e.hex(16, "local", host), gib: 400}
	device.ScsiLun = append(device.ScsiLun, disk(local, "DELL", "PERC H755", true))
	for _, l := range c.luns {
		device.ScsiLun = append(device.ScsiLun, disk(l, "PURE", "FlashArray", false))
	}
	device.PlugStoreTopology = topology(adapters[1:3], c.luns)
	return device
}

func adapter(kind, device, model, driver string) types.HostHostBusAdapter {
	return types.HostHostBusAdapter{Key: "key-vim.host." + kind + "-" + device, Device: device, Model: model, Driver: driver, Status: "online", Pci: "0000:3b:00.0"}
}

func fibreChannel(device string, port uint64) *types.HostFibreChannelHba {
	node := port | 0x2000_0000_0000_0000
	return &types.HostFibreChannelHba{HostHostBusAdapter: adapter("FibreChannelHba", device, "LPe35002", "lpfc"),
		PortWorldWideName: int64(port), NodeWorldWideName: int64(node), PortType: "fabric", Speed: 32}
}

func disk(l lun, vendor, model string, local bool) *types.HostScsiDisk {
	d := &types.HostScsiDisk{DevicePath: "/vmfs/devices/disks/" + l.name, LocalDisk: &local,
		Capacity: types.HostDiskDimensionsLba{BlockSize: 512, Block: l.gib << 21}}
	d.DeviceName, d.DeviceType, d.Key = d.DevicePath, "disk", diskKey(l)
	d.Uuid, d.CanonicalName, d.DisplayName, d.LunType = lunUUID(l), l.name, "Disk ("+l.name+")", "disk"
	d.Vendor, d.Model, d.SerialNumber, d.OperationalState = vendor, model, l.serial, []string{"ok"}
	return d
}

func diskKey(l lun) string { return "key-vim.host.ScsiDisk-" + lunUUID(l) }

// lunUUID is the body of a vml name: type, LUN number, page 83h identifier, model.
func lunUUID(l lun) string {
	return fmt.Sprintf("0200%02x0000%s%x", l.number, strings.TrimPrefix(l.name, "naa."), "FlashA")
}

// topology lists the paths: one per adapter and LUN, each adapter with the array port of its own fabric.
func topology(adapters []types.BaseHostHostBusAdapter, luns []lun) *types.HostPlugStoreTopology {
	const prefix = "key-vim.host.PlugStoreTopology."
	t := new(types.HostPlugStoreTopology)
	for i, a := range adapters {
		hba := a.GetHostHostBusAdapter()
		port := 0x524a_9370_0000_0000 + int64(i)
		target := types.HostPlugStoreTopologyTarget{Key: prefix + "Target-" + hba.Device,
			Transport: &types.HostFibreChannelTargetTransport{PortWorldWideName: port, NodeWorldWideName: 0x524a_9370_0000_00ff}}
		owner := types.HostPlugStoreTopologyAdapter{Key: prefix + "Adapter-" + hba.Device, Adapter: hba.Key}
		for _, l := range luns {
			name := hba.Device + ":C0:T0:L" + fmt.Sprint(l.number)
			path := types.HostPlugStoreTopologyPath{Key: prefix + "Path-" + name, Name: name, LunNumber: l.number,
				Adapter: owner.Key, Target: target.Key, Device: prefix + "Device-" + diskKey(l)}
			t.Path = append(t.Path, path)
			owner.Path = append(owner.Path, path.Key)
		}
		t.Adapter, t.Target = append(t.Adapter, owner), append(t.Target, target)
	}
	for _, l := range luns {
		t.Device = append(t.Device, types.HostPlugStoreTopologyDevice{Key: prefix + "Device-" + diskKey(l), Lun: diskKey(l)})
	}
	return t
}
