"""Turns MIB modules into the data files of collectors/network/snmp/mibs; run it when a table is added.

``python tools/mib_tables.py [--text FOLDER] [--compiled FOLDER]``: FOLDER of ``--text`` holds MIB text, which pysmi
compiles; that of ``--compiled`` modules that pysmi compiled before (the package pysnmp-mibs is one). A module found in
neither keeps its file. Files whose origin is "by hand" were written without the text at hand; they are replaced as soon
as their module is found. MIB text is not committed: its licences differ.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pysmi.codegen.pysnmp import PySnmpCodeGen
from pysmi.compiler import MibCompiler
from pysmi.parser.smi import parserFactory
from pysmi.reader.localfile import FileReader
from pysmi.searcher.stub import StubSearcher
from pysmi.writer.pyfile import PyFileWriter
from pysnmp.smi import builder, error

MIBS = Path(__file__).resolve().parents[1] / "collectors/network/snmp/mibs"

WANTED: Mapping[str, tuple[str, ...]] = {
    "SNMPv2-MIB": ("sysDescr", "sysObjectID", "sysUpTime", "sysContact", "sysName", "sysLocation", "sysServices"),
    "SNMP-FRAMEWORK-MIB": ("snmpEngineID", "snmpEngineBoots", "snmpEngineTime"),
    "IF-MIB": ("ifTable", "ifXTable", "ifStackTable", "ifTableLastChange", "ifStackLastChange"),
    "ENTITY-MIB": ("entPhysicalTable", "entAliasMappingTable", "entLastChangeTime"),
    "IP-MIB": ("ipAddressTable", "ipAddrTable", "ipNetToPhysicalTable", "ipNetToMediaTable"),
    "IP-FORWARD-MIB": ("inetCidrRouteTable", "ipCidrRouteTable", "inetCidrRouteNumber", "ipCidrRouteNumber"),
    "RFC1213-MIB": ("ipRouteTable",),
    "MPLS-L3VPN-STD-MIB": ("mplsL3VpnVrfTable",),
    "BGP4-MIB": ("bgpPeerTable",),
    "OSPF-MIB": ("ospfNbrTable",),
    "BRIDGE-MIB": (
        "dot1dBaseBridgeAddress",
        "dot1dBasePortTable",
        "dot1dTpFdbTable",
        "dot1dStpDesignatedRoot",
        "dot1dStpRootPort",
        "dot1dStpPortTable",
    ),
    "Q-BRIDGE-MIB": ("dot1qTpFdbTable", "dot1qVlanStaticTable", "dot1qVlanCurrentTable", "dot1qPortVlanTable"),
}
"""Modules, and the tables and scalars of them that are read."""

KINDS = {
    "TruthValue": "truth",
    "PortList": "portlist",
    "DateAndTime": "dateandtime",
    "TimeStamp": "timestamp",
    "TimeTicks": "ticks",
    "MacAddress": "mac",
    "PhysAddress": "mac",
    "InetAddress": "inet",
    "IpAddress": "ipv4",
    "DisplayString": "text",
    "SnmpAdminString": "text",
    "Bits": "bits",
    "Counter32": "counter",
    "Counter64": "counter",
    "ObjectIdentifier": "oid",
    "OctetString": "octets",
    "Integer": "int",
}
"""Kinds by the names of a type and of those it is made from, the narrowest first."""
FIXED = {"MacAddress": 6, "IpAddress": 4}


def main(words: list[str]) -> int:
    """Write what can be compiled; returns 0 if every wanted module has a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, help="folder of MIB text")
    parser.add_argument("--compiled", type=Path, help="folder of modules that pysmi compiled")
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        if asked.text:
            compile_text(asked.text, Path(folder))
        sources = [Path(folder), *([asked.compiled] if asked.compiled else [])]
        for name, wanted in WANTED.items():
            try:
                data = described(name, wanted, sources)
            except error.MibNotFoundError:
                print(f"{name}: not to hand", file=sys.stderr)  # noqa: T201 -- a program
                continue
            (MIBS / f"{name}.json").write_text(written(data), encoding="utf-8")
    return 0 if all((MIBS / f"{name}.json").exists() for name in WANTED) else 1


def compile_text(text: Path, into: Path) -> None:
    """Compile every wanted module whose text is in a folder, with that of what it imports."""
    compiler = MibCompiler(parserFactory()(), PySnmpCodeGen(), PyFileWriter(str(into)))
    compiler.add_sources(FileReader(str(text)))
    compiler.add_searchers(
        StubSearcher(*PySnmpCodeGen.baseMibs)
    )  # pysnmp brings those; their text is needed all the same
    compiler.compile(*WANTED, ignoreErrors=True)


def described(name: str, wanted: tuple[str, ...], sources: list[Path]) -> dict[str, Any]:
    """A module as data."""
    mibs = builder.MibBuilder()
    mibs.add_mib_sources(*[builder.DirMibSource(str(source)) for source in sources])
    mibs.load_modules(name)
    symbols = mibs.mibSymbols[name]
    tables, scalars = {}, {}
    for wish in wanted:
        symbol = symbols[wish]
        if type(symbol).__name__ == "MibTable":
            tables[wish] = _table(mibs, symbols, symbol)
        else:
            scalars[wish] = {"oid": f"{_dotted(symbol)}.0", **_kind(symbol)}
    return {"module": name, "revision": _revision(symbols), "origin": "pysmi", "tables": tables, "scalars": scalars}


def written(data: Mapping[str, Any]) -> str:
    """The bytes of a file: sorted where order says nothing, so that the same module gives the same file."""
    return json.dumps(data, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def _table(mibs: Any, symbols: Mapping[str, Any], table: Any) -> dict[str, Any]:  # noqa: ANN401 -- of pysnmp
    entry = next(one for one in symbols.values() if getattr(one, "name", None) == (*table.name, 1))
    columns = {
        str(one.name[-1]): {"name": label, **_kind(one)}
        for label, one in symbols.items()
        if type(one).__name__ == "MibTableColumn" and one.name[:-1] == entry.name
    }
    parts = [
        _part(label, mibs.mibSymbols[module][label].getSyntax(), implied=bool(implied))
        for implied, module, label in entry.getIndexNames()
    ]
    return {"entry": _dotted(entry), "index": parts, "columns": columns}


def _part(name: str, syntax: Any, *, implied: bool) -> dict[str, Any]:  # noqa: ANN401 -- of pysnmp
    names = _ancestors(syntax)
    if "Integer" in names:
        return {"name": name, "form": "int"}
    size = next((FIXED[one] for one in names if one in FIXED), None) or _fixed_size(syntax)
    if size:
        return {"name": name, "form": "fixed", "octets": size}
    form = "oid" if "ObjectIdentifier" in names else "octets"
    return {"name": name, "form": f"implied {form}" if implied else form}


def _fixed_size(syntax: Any) -> int | None:  # noqa: ANN401 -- of pysnmp
    return syntax.get_fixed_length() if hasattr(syntax, "get_fixed_length") else None


def _kind(symbol: Any) -> dict[str, Any]:  # noqa: ANN401 -- of pysnmp
    syntax = symbol.getSyntax()
    names = _ancestors(syntax)
    labels = {str(int(value)): str(label) for label, value in getattr(syntax, "namedValues", {}).items()}
    kind = next(kind for name, kind in KINDS.items() if name in names)
    if kind == "int" and labels:
        return {"kind": "enum", "labels": labels}
    return {"kind": kind, "labels": labels} if kind == "bits" else {"kind": kind}


def _ancestors(syntax: Any) -> list[str]:  # noqa: ANN401 -- of pysnmp
    return [one.__name__ for one in type(syntax).__mro__]


def _dotted(symbol: Any) -> str:  # noqa: ANN401 -- of pysnmp
    return ".".join(map(str, symbol.name))


def _revision(symbols: Mapping[str, Any]) -> str:
    for symbol in symbols.values():
        if type(symbol).__name__ == "ModuleIdentity":
            return str(symbol.getLastUpdated() or next(iter(symbol.getRevisions()), ""))
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
