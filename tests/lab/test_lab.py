"""The labs do what ``README.md`` says, so that a failing test elsewhere speaks of driftline."""

from collections.abc import Iterator

import httpx
import neo4j
import pytest
from pyVmomi import vim

from tests.lab.control import Edit, Fault, Rule, typed
from tests.lab.estate import Estate, ref
from tests.lab.fixtures import Neo4jServer, Vcsim, VcsimFactory, cannot_start
from tests.lab.process import LabError

ALICE, READER = "LAB\\alice", "LAB\\reader"


@pytest.fixture
def alice(vcsim: Vcsim) -> Iterator[Estate]:
    """Alice's session, in a simulator without rules or faults."""
    vcsim.control.clear()
    with vcsim.estate(ALICE) as estate:
        yield estate
    vcsim.control.clear()


@pytest.mark.neo4j
def test_neo4j_keeps_an_acknowledged_write_over_a_kill(neo4j_server: Neo4jServer) -> None:
    """A killed server recovers every transaction that it acknowledged."""
    login = (neo4j_server.user, neo4j_server.password)
    with neo4j.GraphDatabase.driver(neo4j_server.uri, auth=login) as driver:
        driver.execute_query("CREATE (:Kept {value: 7})")
    neo4j_server.kill()
    assert not neo4j_server.server.answers()
    neo4j_server.up()
    with neo4j.GraphDatabase.driver(neo4j_server.uri, auth=login) as driver:
        assert driver.execute_query("MATCH (k:Kept) RETURN k.value AS value").records[0]["value"] == 7
        driver.execute_query("CREATE INDEX named FOR (k:Kept) ON (k.value)")
        neo4j_server.wipe()
        assert driver.execute_query("MATCH (n) RETURN count(n) AS left").records[0]["left"] == 0
        assert [row for row in driver.execute_query("SHOW INDEXES YIELD type").records if row["type"] != "LOOKUP"] == []


@pytest.mark.vcsim
class TestEstate:
    """What stands in the estate."""

    def test_has_the_size_asked_for(self, alice: Estate) -> None:
        """The default estate has 2 clusters of 3 hosts, and 24 VMs."""
        assert len(alice.all(vim.HostSystem)) == 6
        assert len(alice.all(vim.VirtualMachine)) == 24

    def test_equal_seeds_give_equal_identities(self, vcsim_factory: VcsimFactory, alice: Estate) -> None:
        """Two vCenters of one seed are copies; of two seeds they share morefs and nothing else."""
        paths = ("config.instanceUuid",)
        mine = alice.read(alice.vm("web-0000"), *paths)
        with vcsim_factory("-vms=3").estate() as twin, vcsim_factory("-vms=3", "-seed=2").estate() as other:
            assert twin.read(twin.vm("web-0000"), *paths) == mine
            assert other.read(other.vm("web-0000"), *paths) != mine

    def test_a_world_wide_name_above_63_bits_is_negative(self, alice: Estate) -> None:
        """The second adapter of a host has a name that the signed integers of the API show as negative."""
        host = next(iter(alice.all(vim.HostSystem).values()))
        adapters = alice.read(host, "config.storageDevice.hostBusAdapter")["config.storageDevice.hostBusAdapter"]
        ports = [one.portWorldWideName for one in adapters if isinstance(one, vim.host.FibreChannelHba)]
        assert [port < 0 for port in ports] == [False, True]

    def test_the_raw_disk_names_a_lun_that_its_host_sees(self, alice: Estate) -> None:
        """A raw device mapping leads to a disk of the array."""
        said = alice.read(alice.vm("app-0001"), "config.hardware.device", "runtime.host")
        raw = said["config.hardware.device"][-1].backing.lunUuid
        luns = alice.read(said["runtime.host"], "config.storageDevice.scsiLun")["config.storageDevice.scsiLun"]
        assert raw in {lun.uuid for lun in luns}


@pytest.mark.vcsim
class TestChanges:
    """Changes made by the plain API leave the name of the user in the event."""

    def test_a_reconfiguration(self, alice: Estate) -> None:
        """One task changes several things and posts one event."""
        alice.reconfigure("web-0003", cpus=6, memory_mb=5120, add_disk_gb=3)
        said = alice.read(alice.vm("web-0003"), "config.hardware.numCPU", "config.hardware.memoryMB")
        assert said == {"config.hardware.numCPU": 6, "config.hardware.memoryMB": 5120}
        assert [e.userName for e in alice.events("web-0003", vim.event.VmReconfiguredEvent)] == [ALICE]

    def test_a_rename_changes_the_name_only(self, alice: Estate) -> None:
        """Renaming changes one field, and the event that the lab posts knows old and new."""
        vm = alice.vm("app-0004")
        alice.rename(vm, "app-renamed")
        assert alice.read(vm, "name")["name"] == "app-renamed"
        event = alice.events(vm, vim.event.VmRenamedEvent)[-1]
        assert (event.userName, event.oldName, event.newName) == (ALICE, "app-0004", "app-renamed")

    def test_a_clone_shares_the_bios_uuid_and_not_the_instance_uuid(self, alice: Estate) -> None:
        """A clone may share the BIOS uuid; its instance uuid is its own."""
        paths = ("config.uuid", "config.instanceUuid")
        old = alice.read(alice.vm("sql-0005"), *paths)
        new = alice.read(alice.clone("sql-0005", "sql-copy"), *paths)
        assert new["config.uuid"] == old["config.uuid"]
        assert new["config.instanceUuid"] != old["config.instanceUuid"]

    def test_a_machine_arrives_from_another_vcenter(self, vcsim_factory: VcsimFactory, alice: Estate) -> None:
        """The instance uuid of a VM stays when it changes its vCenter."""
        paths = ("config.uuid", "config.instanceUuid")
        here = alice.read(alice.vm("sql-0014"), *paths)
        with vcsim_factory("-seed=2", "-vms=3").estate(ALICE) as there:
            bios_uuid, instance_uuid = here["config.uuid"], here["config.instanceUuid"]
            arrived = there.clone("web-0000", "sql-0014", bios_uuid=bios_uuid, instance_uuid=instance_uuid)
            assert there.read(arrived, *paths) == here

    def test_a_move_to_another_host(self, alice: Estate) -> None:
        """A VM moves to another host by the hand of a named user."""
        vm = alice.vm("web-0006")
        here = alice.read(vm, "runtime.host")["runtime.host"]
        name = next(name for name, host in alice.all(vim.HostSystem).items() if host != here)
        alice.relocate(vm, host=name)
        assert alice.read(vm, "runtime.host")["runtime.host"] == alice.all(vim.HostSystem)[name]
        assert alice.events(vm, vim.event.VmMigratedEvent)[-1].userName == ALICE

    def test_registering_again_gives_a_new_moref(self, alice: Estate) -> None:
        """A VM registered again is the same machine under another moref."""
        paths = ("config.uuid", "config.instanceUuid", "config.hardware.memoryMB", "network")
        old = alice.vm("app-0007")
        before = alice.read(old, *paths)
        new = alice.register(alice.unregister(old))
        assert ref(new) != ref(old)
        assert alice.read(new, *paths) == before

    def test_a_destroyed_machine_is_gone(self, alice: Estate) -> None:
        """A destroyed VM leaves the inventory with an event."""
        alice.destroy("sql-0008")
        assert "sql-0008" not in alice.all(vim.VirtualMachine)
        assert alice.events(None, vim.event.VmRemovedEvent)[-1].userName == ALICE

    def test_an_event_can_be_decorated(self, vcsim: Vcsim, alice: Estate) -> None:
        """An event can say what a vCenter says and the simulator does not."""
        alice.reconfigure("web-0012", cpus=8)
        key = alice.events("web-0012", vim.event.VmReconfiguredEvent)[-1].key
        modified = "config.hardware.numCPU: 2 -> 8;"
        vcsim.control.event(key, user="", change_tag="CHG0001", chain=key - 1, modified=modified)
        event = alice.events("web-0012", vim.event.VmReconfiguredEvent)[-1]
        assert (event.userName, event.changeTag, event.chainId) == ("", "CHG0001", key - 1)
        assert event.configChanges.modified == modified

    def test_a_rewound_collector_misses_no_event(self, alice: Estate) -> None:
        """Create, rewind, read: the order in which the collector reads events."""
        alice.post(vim.event.GeneralUserEvent(message="first"))
        alice.post(vim.event.GeneralUserEvent(message="second"))
        asked = vim.event.EventFilterSpec(eventTypeId=["GeneralUserEvent"], maxCount=100)
        collector = alice.content.eventManager.CreateCollectorForEvents(asked)
        try:
            collector.RewindCollector()
            assert [event.message for event in collector.ReadNextEvents(100)] == ["first", "second"]
        finally:
            collector.DestroyCollector()


QUESTION = """<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><RetrieveServiceContent
xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this></RetrieveServiceContent></Body></Envelope>"""


def ask(vcsim: Vcsim, encoding: str = "gzip") -> bytes:
    """Return an answer that needs no session, byte by byte."""
    return httpx.post(vcsim.url, content=QUESTION, headers={"Accept-Encoding": encoding}).content


@pytest.mark.vcsim
class TestDoor:
    """Who is let in, and how the line is kept."""

    def test_a_named_user_needs_the_password(self, vcsim_factory: VcsimFactory) -> None:
        """Where users are named, nobody else comes in."""
        one = vcsim_factory("-vms=1", "-user=LAB\\carol:open", "-user=LAB\\dave:sesame")
        one.estate("LAB\\carol", "open").close()
        one.estate("LAB\\dave", "sesame").close()
        with pytest.raises(vim.fault.InvalidLogin):
            one.estate("LAB\\carol", "sesame")

    def test_https_verifies_with_the_certificate_written(
        self, vcsim_factory: VcsimFactory, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """The certificate stands for 127.0.0.1, and nobody knows it who was not told."""
        one = vcsim_factory("-vms=1", f"-tls={tmp_path_factory.mktemp('tls') / 'vcenter.pem'}")
        one.estate().close()
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(one.url)

    def test_a_restarted_simulator_has_its_address_and_a_fresh_estate(self, vcsim_factory: VcsimFactory) -> None:
        """What a restart keeps is the address and the identities."""
        one = vcsim_factory("-vms=2")
        url, uuid = one.url, one.instance_uuid
        with one.estate() as estate:
            estate.destroy("web-0000")
        one.down()
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)
        one.up()
        assert (one.url, one.instance_uuid) == (url, uuid)
        with one.estate() as estate:
            assert "web-0000" in estate.all(vim.VirtualMachine)


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_what_cannot_start_is_skipped_except_in_ci(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing tool leaves out the tests of a person, and breaks the build of a machine."""
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="mvn is missing"):
        cannot_start(LabError("mvn is missing"))


@pytest.mark.vcsim
class TestControl:
    """What the control endpoint does to readers."""

    def test_a_property_can_be_set_and_unset(self, vcsim: Vcsim, alice: Estate) -> None:
        """Any property can be changed behind the back of the event log."""
        vm = alice.vm("app-0010")
        vcsim.control.set("VirtualMachine", ref(vm), "config.hardware.numCPU", typed("int", 12))
        assert alice.read(vm, "config.hardware.numCPU") == {"config.hardware.numCPU": 12}
        net = typed("ArrayOfGuestNicInfo", [{"connected": True, "deviceConfigId": 4000, "ipAddress": ["192.0.2.9"]}])
        vcsim.control.set("VirtualMachine", ref(vm), "guest.net", net)
        assert alice.read(vm, "guest.net")["guest.net"][0].ipAddress == ["192.0.2.9"]

    def test_an_inaccessible_machine_has_no_config(self, vcsim_factory: VcsimFactory) -> None:
        """In a simulator of its own: with one such machine, registering or reconfiguring any ends the process."""
        one = vcsim_factory("-vms=1")
        with one.estate() as alice:
            one.control.set("VirtualMachine", ref(alice.vm("web-0000")), "config", None)
            assert alice.read(alice.vm("web-0000"), "name", "config.uuid") == {"name": "web-0000"}

    def test_a_refused_value_says_why(self, vcsim: Vcsim) -> None:
        """The control endpoint answers with a reason, and `Control` raises it."""
        with pytest.raises(ValueError, match="there is no HostSystem host-none"):
            vcsim.control.set("HostSystem", "host-none", "name", "x")

    def test_hidden_objects_vanish_for_one_user(self, vcsim: Vcsim, alice: Estate) -> None:
        """What is hidden from one user is seen by another."""
        vcsim.control.rules(Rule(ref=ref(alice.vm("sql-0011")), mode="hidden", user=READER))
        with vcsim.estate(READER) as reader:
            assert "sql-0011" not in reader.all(vim.VirtualMachine)
        assert "sql-0011" in alice.all(vim.VirtualMachine)

    def test_a_lost_object_is_found_when_asked_again(self, vcsim: Vcsim, alice: Estate) -> None:
        """An object may be in the view and not in the answer, once."""
        vcsim.control.rules(Rule(ref=ref(alice.vm("sql-0011")), mode="lost", times=1))
        assert "sql-0011" not in alice.all(vim.VirtualMachine)
        assert "sql-0011" in alice.all(vim.VirtualMachine)

    def test_an_unread_object_answers_no_permission(self, vcsim: Vcsim, alice: Estate) -> None:
        """An object whose every path is refused answers nothing but its name in missingSet."""
        vm = alice.vm("sql-0011")
        vcsim.control.rules(Rule(ref=ref(vm), mode="unread"))
        assert alice.read(vm, "name") == {}
        vcsim.control.clear()
        assert alice.read(vm, "name") == {"name": "sql-0011"}

    def test_the_server_can_cap_a_page(self, vcsim: Vcsim, alice: Estate) -> None:
        """The server may put fewer objects in an answer than were asked for."""
        vcsim.control.paging(limit=5)
        asked = vim.PropertyCollector.FilterSpec(
            propSet=[vim.PropertyCollector.PropertySpec(type=vim.VirtualMachine, pathSet=["name"])],
            objectSet=[vim.PropertyCollector.ObjectSpec(obj=vm) for vm in alice.all(vim.VirtualMachine).values()],
        )
        options = vim.PropertyCollector.RetrieveOptions(maxObjects=500)
        page = alice.content.propertyCollector.RetrievePropertiesEx([asked], options)
        assert (len(page.objects), bool(page.token)) == (5, True)

    def test_a_fault_comes_after_the_calls_to_skip(self, vcsim: Vcsim, alice: Estate) -> None:
        """A session can die between two calls."""
        vcsim.control.faults(Fault(method="CurrentTime", fault="NotAuthenticated", skip=1, times=1))
        service = vim.ServiceInstance("ServiceInstance", alice.stub)
        service.CurrentTime()
        with pytest.raises(vim.fault.NotAuthenticated):
            service.CurrentTime()
        service.CurrentTime()

    def test_an_answer_can_be_edited_on_the_wire(self, vcsim: Vcsim, alice: Estate) -> None:
        """One answer is damaged, the next is not."""
        vm = alice.vm("sql-0011")
        vcsim.control.wire(Edit(method="RetrievePropertiesEx", find="sql-0011", replace="sql-edited"))
        assert alice.read(vm, "name") == {"name": "sql-edited"}
        assert alice.read(vm, "name") == {"name": "sql-0011"}

    @pytest.mark.parametrize("encoding", ["gzip", "identity"])
    def test_an_answer_can_be_cut_short(self, vcsim: Vcsim, encoding: str) -> None:
        """A body that ends early in an answer that ends well."""
        whole = ask(vcsim, encoding)
        vcsim.control.wire(Edit(method="RetrieveServiceContent", keep=500))
        assert ask(vcsim, encoding) == whole[:500]
        assert ask(vcsim, encoding) == whole

    def test_a_connection_can_break_in_an_answer(self, vcsim: Vcsim) -> None:
        """The answer begins, and the connection ends before it does."""
        vcsim.control.wire(Edit(method="RetrieveServiceContent", keep=500, sever=True))
        with pytest.raises(httpx.RemoteProtocolError):
            ask(vcsim)

    def test_bytes_that_no_text_can_hold_reach_the_client(self, vcsim: Vcsim) -> None:
        """A label with a byte that is not UTF-8."""
        vcsim.control.wire(Edit(method="RetrieveServiceContent", find="VMware vCenter Server", hexadecimal="ff01"))
        assert b"<name>\xff\x01</name>" in ask(vcsim)

    def test_a_session_can_be_ended_by_another(self, vcsim: Vcsim, alice: Estate) -> None:
        """An administrator can end the session of a reader."""
        with vcsim.estate(READER) as reader:
            assert alice.end_sessions(READER) == 1
            with pytest.raises(vim.fault.NotAuthenticated):
                reader.content.viewManager.CreateContainerView(reader.content.rootFolder, [], recursive=True)
