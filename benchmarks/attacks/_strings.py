"""Strings that nobody honest writes, made of pieces that mean something somewhere."""

from __future__ import annotations

import random

PIECES = (
    *("</script><script>window.pwned=1</script>", "<img class=planted src=x onerror=pwn()>", "-->"),
    *(
        "<!--",
        "]]>",
        "</style></title></textarea>",
        "<svg/onload=pwn()>",
        "' onmouseover='pwn()",
        '"',
    ),
    *(
        '"><b class=planted>',
        "&lt;b class=planted&gt;",
        "&#60;b&#62;",
        "javascript:pwn()",
        "{{7*191}}",
    ),
    *(
        "{% raw %}",
        "${7*191}",
        "<%= 7*191 %>",
        "#{7*191}",
        "\\",
        "\\u003cscript\\u003e",
        "\x1b[31m",
    ),
    *(
        "\x1b]0;title\x07",
        "\x1b]8;;http://x\x1b\\",
        "\x9b2J",
        "\r\n",
        "\n",
        "\r",
        "\t",
        "\0",
        "\x08" * 9,
    ),
    *("\u2028", "\u2029", "\u202e", "\u202d", "\u2066", "\u2069", "\ufeff", "\u200b", "\u00ad"),
    *(
        "\ud83d",
        "\udc00",
        "\ufffe",
        "\U0010ffff",
        "e\u0301",
        "é",
        "\u0130",
        "ß",
        "👩\u200d👩",
        "语",
    ),
    *(
        "=1+1",
        "+1+cmd",
        "-2+3",
        "@SUM(1)",
        "=HYPERLINK('http://x')",
        "\uff1d1",
        "\u22121",
        "%0A=1",
        ";=1",
    ),
    *(
        "BEGIN:VEVENT",
        "\r\nATTACH:file:///etc/passwd",
        "END:VCALENDAR",
        ":",
        ";",
        ",",
        "\\n",
        "\\,",
    ),
    *(
        "../../",
        "/etc/passwd",
        "C:\\",
        "CON",
        "nul.txt",
        "aux",
        "COM1.log",
        ".",
        "..",
        "~",
        "a" * 300,
    ),
    *(
        "$\\frac{",
        "\\input{/etc/passwd}",
        "`touch planted`",
        "$(touch planted)",
        "; touch planted",
        "|",
    ),
    *(
        "'''",
        '"""',
        "\\'",
        "__import__('os').system('touch planted')",
        "%run x.py",
        "!touch planted",
    ),
    *(
        "%%bash\ntouch planted",
        "](javascript:pwn())",
        "![x](http://x/y.png)",
        "<http://x>",
        "[x]: http://x",
    ),
    *("None", "NaN", "true", "1e999", "%s%s%n", "{0.__class__}", "words", " ", "x"),
)


def hostile(random_: random.Random, most: int = 5) -> str:
    """Return one to five pieces, one behind the other."""
    return "".join(random_.choice(PIECES) for _ in range(random_.randint(1, most)))
