"""Requests as text and replies as facts: pyvmomi writes the SOAP, nothing here opens a socket."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree
from pyVmomi import vim, vmodl
from pyVmomi.SoapAdapter import SoapStubAdapterBase

from driftline.collectors.ask import PASSWORD, USER, Ask, Auth, Reply
from driftline.collectors.vsphere.asks import EVENT_PAGE, NETWORK_SYSTEM, PAGE_OBJECTS, PRIVILEGES, STAGES, Asked
from driftline.collectors.vsphere.blanks import without_secrets
from driftline.collectors.vsphere.decode import HEAD_BYTES, XSI_TYPE, V, decode_object
from driftline.collectors.vsphere.tables import type_named

PATH = "/sdk"
TOKEN = re.compile(rb"<(?:\w+:)?token>([^<]+)</")
FIRST_OBJECT = re.compile(rb"<(?:\w+:)?objects[ >]")
OBJECT = re.compile(rb"<(?:\w+:)?objects[^>]*>\s*<(?:\w+:)?obj [^>]*>([^<]+)<")
MEMBER = re.compile(rb'<(?:\w+:)?ManagedObjectReference [^>]*?\btype="(\w+)"[^>]*>([^<]+)<')
FAULT = re.compile(rb"<(?:\w+:)?Fault[ >]")
SESSION_LOST = re.compile(rb'<(?:\w+:)?fault [^>]*type="(?:\w+:)?NotAuthenticated"')
SESSION_KEY = r"<key>([^<]*)</key>"

COLLECTOR = vmodl.query.PropertyCollector


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in place of an answer: its type (``NoPermission``), what it says, its fields as text."""

    type: str
    message: str
    details: Mapping[str, str]


class Writer(SoapStubAdapterBase):  # type: ignore[misc]  # pyvmomi ships no types
    """Writes a call as text instead of making it."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.requestContext: dict[str, str] = {}

    def InvokeMethod(self, mo: Any, info: Any, args: Any) -> str:  # noqa: ANN401, N802 -- pyvmomi's name and types
        """The call as SOAP."""
        return str(self.SerializeRequest(mo, info, args).decode())


class Requests:
    """All calls of a visit, written for one version of the API. ``content`` is the decoded service content."""

    def __init__(self, version: str, api_version: str, content: Mapping[str, Any] | None = None) -> None:
        self.version = version
        self._stub, self._content = Writer(version), content or {}
        self._headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"urn:vim25/{api_version}"'}

    def service_content(self) -> Ask:
        """What the server is, and the names of its managers."""
        return self._ask(Asked.CONTENT, self._at(vim.ServiceInstance, "ServiceInstance").RetrieveContent())

    def login(self) -> Ask:
        """The one login; the account comes in while it is sent."""
        text = self._manager("sessionManager", vim.SessionManager).Login(USER, PASSWORD)
        return Ask(Asked.LOGIN, PATH, text, auth=Auth.INSIDE, hides=SESSION_KEY, headers=self._headers)

    def logout(self) -> Ask:
        """The end of the session."""
        return self._ask(Asked.LOGOUT, self._manager("sessionManager", vim.SessionManager).Logout())

    def clock(self) -> Ask:
        """The server's time."""
        return self._ask(Asked.CLOCK, self._at(vim.ServiceInstance, "ServiceInstance").CurrentTime())

    def privileges(self, user: str) -> Ask:
        """Whether the account may read the root folder."""
        manager = self._manager("authorizationManager", vim.AuthorizationManager)
        root = self._at(vim.Folder, self._content["rootFolder"][1])
        return self._ask(Asked.PRIVILEGES, manager.HasUserPrivilegeOnEntities([root], user, list(PRIVILEGES)))

    def view(self) -> Ask:
        """A view of everything below the root folder."""
        root = self._at(vim.Folder, self._content["rootFolder"][1])
        types = [type_named(name) for stage in STAGES.values() for name in stage]
        manager = self._manager("viewManager", vim.view.ViewManager)
        return self._ask(Asked.VIEW, manager.CreateContainerView(root, types, recursive=True))

    def drop_view(self, view: str) -> Ask:
        """The end of the view."""
        return self._ask(Asked.NO_VIEW, self._at(vim.view.ContainerView, view).DestroyView())

    def members(self, name: Asked, view: str) -> Ask:
        """The list of all objects of the view."""
        return self.properties(name, [("ContainerView", view)], {"ContainerView": ("view",)}, page=0)

    def custom_fields(self) -> Ask:
        """The names of custom attributes."""
        manager = self._content["customFieldsManager"][1]
        return self.properties(
            Asked.CUSTOM_FIELDS, [("CustomFieldsManager", manager)], {"CustomFieldsManager": ("field",)}, page=0
        )

    def snapshot(self, name: Asked, view: str, paths: Mapping[str, Iterable[str]]) -> Ask:
        """The first page of the properties of all objects of the view that have one of the types."""
        through = COLLECTOR.TraversalSpec(name="view", path="view", skip=False, type=vim.view.ContainerView)
        chosen = COLLECTOR.ObjectSpec(obj=self._at(vim.view.ContainerView, view), skip=True, selectSet=[through])
        return self._retrieve(name, [chosen], paths, PAGE_OBJECTS)

    def properties(
        self, name: Asked, objects: Iterable[tuple[str, str]], paths: Mapping[str, Iterable[str]], page: int
    ) -> Ask:
        """Properties of objects named by type and reference."""
        chosen = [COLLECTOR.ObjectSpec(obj=self._at(_class(kind), ref)) for kind, ref in objects]
        return self._retrieve(name, chosen, paths, page)

    def more(self, name: Asked, token: str) -> Ask:
        """The page after a token."""
        collector = self._manager("propertyCollector", COLLECTOR)
        return self._ask(name, collector.ContinueRetrievePropertiesEx(token))

    def event_collector(self, types: Iterable[str], begin: datetime) -> Ask:
        """A cursor over the events of some types since a time of the server."""
        since = vim.event.EventFilterSpec.ByTime(beginTime=begin)
        wanted = vim.event.EventFilterSpec(eventTypeId=list(types), time=since, disableFullMessage=True)
        wanted.maxCount = EVENT_PAGE
        manager = self._manager("eventManager", vim.event.EventManager)
        return self._ask(Asked.COLLECTOR, manager.CreateCollectorForEvents(wanted))

    def rewind(self, collector: str) -> Ask:
        """Put the cursor at the oldest event."""
        return self._ask(Asked.REWIND, self._at(vim.event.EventHistoryCollector, collector).RewindCollector())

    def events(self, collector: str) -> Ask:
        """The next events."""
        text = self._at(vim.event.EventHistoryCollector, collector).ReadNextEvents(EVENT_PAGE)
        return Ask(Asked.EVENTS, PATH, text, blanks=without_secrets, headers=self._headers)

    def drop_collector(self, collector: str) -> Ask:
        """The end of the cursor."""
        text = self._at(vim.event.EventHistoryCollector, collector).DestroyCollector()
        return self._ask(Asked.NO_COLLECTOR, text)

    def network_systems(self, hosts: Iterable[str]) -> Ask:
        """Who is to be asked what a host hears, with the cards of the host."""
        objects = [("HostSystem", host) for host in hosts]
        return self.properties(Asked.NETWORK_SYSTEMS, objects, {"HostSystem": NETWORK_SYSTEM}, page=0)

    def network_hints(self, system: str) -> Ask:
        """What a host hears of its neighbours on all its cards."""
        text = self._at(vim.host.NetworkSystem, system).QueryNetworkHint([])
        return self._ask(Asked.NETWORK_HINTS, text)

    def _retrieve(self, name: Asked, chosen: list[Any], paths: Mapping[str, Iterable[str]], page: int) -> Ask:
        wanted = [COLLECTOR.PropertySpec(type=_class(kind), pathSet=list(rows)) for kind, rows in paths.items()]
        options = COLLECTOR.RetrieveOptions(maxObjects=page or None)
        collector = self._manager("propertyCollector", COLLECTOR)
        asked = COLLECTOR.FilterSpec(propSet=wanted, objectSet=chosen)
        return self._ask(name, collector.RetrievePropertiesEx([asked], options))

    def _manager(self, name: str, cls: Any) -> Any:  # noqa: ANN401 -- an object of pyvmomi
        return self._at(cls, self._content[name][1])

    def _at(self, cls: Any, ref: str) -> Any:  # noqa: ANN401 -- an object of pyvmomi
        return cls(ref, self._stub)

    def _ask(self, name: Asked, text: str) -> Ask:
        return Ask(name, PATH, text, headers=self._headers)


def _class(name: str) -> Any:  # noqa: ANN401 -- a class of pyvmomi
    return type_named(name)


def fault_of(body: bytes) -> Fault | None:
    """The fault of a reply; a reply that is no fault has none."""
    if not FAULT.search(body[:HEAD_BYTES]):
        return None
    try:
        fault: Any = etree.fromstring(body, _parser()).find(".//{*}Fault")
    except etree.XMLSyntaxError:
        return Fault("", "a fault that is not XML", {})
    detail = None if fault is None else next((one for one in fault.iterfind("{*}detail/*")), None)
    if fault is None or detail is None:
        said = "" if fault is None else (fault.findtext("{*}faultstring") or fault.findtext("faultstring") or "")
        return Fault("", said, {})
    kind = (detail.get(XSI_TYPE) or "").rpartition(":")[2] or etree.QName(detail).localname.removesuffix("Fault")
    return Fault(kind, fault.findtext("faultstring") or "", {etree.QName(e).localname: e.text or "" for e in detail})


def returned(body: bytes) -> Iterator[Any]:
    """The elements ``returnval`` of a short reply; none if it is not XML."""
    try:
        yield from etree.fromstring(body, _parser()).iterfind(f".//{V}returnval")
    except etree.XMLSyntaxError:
        return


def returned_object(body: bytes, declared: str) -> dict[str, Any]:
    """The single data object that a call returned; empty if there is none."""
    first = next(returned(body), None)
    return {} if first is None else decode_object(first, declared, [])


def returned_text(body: bytes) -> str:
    """The single value or reference that a call returned, as text."""
    first = next(returned(body), None)
    return "" if first is None else (first.text or "")


def token_of(body: bytes) -> str:
    """The token of the next page; a server writes it before the first object, so a token inside an object is none."""
    first = FIRST_OBJECT.search(body)
    found = TOKEN.search(body, 0, first.start() if first else len(body))
    return found[1].decode() if found else ""


def refs_of(body: bytes) -> set[str]:
    """References of the objects of a page."""
    return {found.decode() for found in OBJECT.findall(body)}


def members_of(body: bytes) -> dict[str, str]:
    """The objects of a view: reference to type."""
    return {ref.decode(): kind.decode() for kind, ref in MEMBER.findall(body)}


def session_lost(reply: Reply) -> bool:
    """Whether a page says in each of its objects that nobody is logged in."""
    return b"NotAuthenticated" in reply.body and SESSION_LOST.search(reply.body) is not None


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
