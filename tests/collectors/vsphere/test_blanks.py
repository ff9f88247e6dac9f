"""What of a page of events is never kept, and that all the rest of it is."""

from __future__ import annotations

from html import escape

import pytest

from driftline.collectors.vsphere.blanks import without_secrets, without_values
from driftline.collectors.vsphere.changes import read_changes

SECRET = "geheim&<1>"  # noqa: S105 -- planted
PROPERTY = f"<property><info><key>0</key><value>{escape(SECRET)}</value></info></property>"
PAGES = (
    f'<extraConfig><key>guestinfo.userdata</key><value xsi:type="xsd:string">{escape(SECRET)}</value></extraConfig>',
    f'<vAppConfig xsi:type="VmConfigSpec">{PROPERTY}<ovfSection><contents>geheim</contents></ovfSection></vAppConfig>',
    f"<x:vAppConfig>{PROPERTY}</x:vAppConfig>",
    f'<modified>{escape(f"""config.vAppConfig.property("pw").value: "a" -> "{SECRET}"; name: 1 -> 2;""")}</modified>',
    f'<added>{escape(f"""config.vAppConfig: (property = (value = "{SECRET}")); config.annotation: "x";""")}</added>',
    f'<deleted>{escape(f"""config.extraConfig("k"): (key = "k", value = "{SECRET}");""")}</deleted>',
    "<fullFormattedMessage>Modified: config.extraConfig(k).value: x -&gt; geheim</fullFormattedMessage>",
    "<sessionId>geheim</sessionId>",
)


@pytest.mark.parametrize("page", PAGES)
def test_a_planted_secret_is_in_no_kept_page(page: str) -> None:
    """Of the specification, of the changes in words, of the message, of a session; also where the page is cut."""
    whole = f"<a/>{page}<b>stays</b>".encode()
    kept = without_secrets(whole)

    assert b"geheim" not in kept
    assert b"hidden" in kept
    assert kept.startswith(b"<a/>")
    assert kept.endswith(b"<b>stays</b>")
    assert without_secrets(kept) == kept
    cut = whole[: whole.index(b"geheim") + 4]
    assert b"gehe" not in without_secrets(cut)


def test_a_page_without_secrets_is_kept_as_it_came() -> None:
    """Not one byte differs, and it need not be packed again."""
    page = b"<modified>name: &quot;a&quot; -&gt; &quot;b&quot;;</modified><key>k</key><value>v</value><extra/>"

    assert without_secrets(page) is page


def test_names_of_settings_and_all_other_changes_are_kept() -> None:
    """Who changed what is evidence; only the value of the setting is not."""
    page = b"<modified>config.vAppConfig.property(&quot;pw&quot;).value: 1 -&gt; 2; name: 1 -&gt; 2;</modified>"

    assert b'config.vAppConfig.property("pw").value: hidden -&gt; hidden; name: 1 -&gt; 2;' in without_secrets(page)


@pytest.mark.parametrize(
    "text", ['name: 1 -> 2; config.extraConfig("k").value: "a" -> "geh', 'extraConfig("k").value: "a" -> "b "c; d" e";']
)
def test_a_text_that_could_not_be_read_whole_is_not_read_whole_afterwards(text: str) -> None:
    """What was cut or badly quoted proves nothing about what else changed, blanked or not."""
    kept = without_values(text, paired=True)

    assert "geh" not in kept
    for one in (text, kept):
        with pytest.raises(ValueError, match=r"."):
            list(read_changes(one, paired=True))
