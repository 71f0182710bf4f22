#!/usr/bin/env python3
"""Read a release file by docs/release-format.md alone: a second opinion on the page and on the program.

usage: read_release.py FILE [--meta | --sections]

Prints all lists as `cantor export --format tsv` does: query<TAB>item<TAB>rank<TAB>score. With --meta what the release says of
itself, with --sections the table. What the page calls broken is refused, and so is a wrong checksum where Python's xxhash is
installed (apt install python3-xxhash).
"""
import json
import mmap
import os
import re
import signal
import struct
import sys

try:
    from xxhash import xxh3_64_intdigest
except ImportError:
    xxh3_64_intdigest = None


def check(holds, what):
    if not holds:
        sys.exit(f"read_release.py: {what}")


def align(offset):
    return (offset + 63) // 64 * 64


def read(path):
    """The sections of a file: name -> (bytes, element size)."""
    with open(path, "rb") as file:
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    check(len(data) >= 64 and data[:8] == b"CANTOR\r\n", "no release: bytes 0 to 7")
    version, count, length, head_hash = struct.unpack_from("<IIqQ", data, 8)
    check(version in (1, 2), f"format version {version}: bytes 8 to 11")
    check(count <= 1024 and 64 + 64 * count <= len(data), f"{count} sections: bytes 12 to 15")
    check(length == len(data), f"{len(data)} bytes, the header says {length}: bytes 16 to 23")
    check(not any(data[32:64]), "bytes 32 to 63 are not zero")
    table_end = 64 + 64 * count
    head = bytes(data[:24]) + bytes(8) + bytes(data[32:table_end])
    check(xxh3_64_intdigest is None or xxh3_64_intdigest(head) == head_hash, "the checksum of header and table: bytes 24 to 31")

    sections, end = {}, table_end
    for at in range(64, table_end, 64):
        name, offset, size, digest, element, zero = struct.unpack_from("<32sqqQiI", data, at)
        name = name.rstrip(b"\0").decode("ascii")
        check(re.fullmatch(r"[ -~]{1,31}", name) and name > max(sections, default=""), f"the name {name!r} at byte {at}")
        check(offset == align(end) and not any(data[end:offset]), f"section {name} starts at {offset}, the one before it ends at {end}")
        check(zero == 0 and 1 <= element <= 64 and size % element == 0, f"section {name}: {size} bytes of elements of {element}")
        check(offset + size <= length, f"section {name} ends behind the file")
        end = offset + size
        sections[name] = (data[offset:end], element)
        check(xxh3_64_intdigest is None or xxh3_64_intdigest(sections[name][0]) == digest, f"the checksum of section {name}")
    check(align(end) == length and not any(data[end:]), "what follows the last section")

    meta = json.loads(bytes(sections["meta"][0]))
    expected = rf"{re.escape(meta['collection'])}-\d{{8}}T\d{{6}}Z-{head_hash & 0xFFFFFFFF:08x}\.cantor"
    check(re.fullmatch(expected, os.path.basename(path)), f"the name {os.path.basename(path)} does not fit the content")
    return sections, meta


def rows(ends):
    """(start, end) of each row."""
    start = 0
    for (end,) in struct.iter_unpack("<q", ends):
        yield start, end
        start = end


def main():
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    check(len(arguments) == 1, __doc__)
    sections, meta = read(arguments[0])
    if "--meta" in sys.argv:
        print(json.dumps(meta, ensure_ascii=False, indent=2))
    elif "--sections" in sys.argv:
        for name, (content, element) in sections.items():
            print(f"{name}\t{element}\t{len(content) // element}")
    else:
        text = sections["ids"][0]
        ids = [bytes(text[start:end]).decode() for start, end in rows(sections["ids.ends"][0])]
        for query, (start, end) in enumerate(rows(sections["neighbors.ends"][0])):
            for rank, (item, score, strength) in enumerate(struct.iter_unpack("<iff", sections["neighbors"][0][12 * start:12 * end]), 1):
                print(f"{ids[query]}\t{ids[item]}\t{rank}\t{score!r}")


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # whoever reads the first lines only gets them and no complaint
    main()
