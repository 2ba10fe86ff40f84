"""Lists the slowest tests of a JUnit report."""
import sys
import xml.etree.ElementTree as ET


def main(path: str, count: int = 20) -> None:
    cases = ET.parse(path).getroot().iter("testcase")
    timed = sorted(((float(c.get("time", 0)), c.get("classname"), c.get("name")) for c in cases), reverse=True)
    for seconds, group, name in timed[:count]:
        print(f"{seconds:8.2f}s  {group}.{name}")


if __name__ == "__main__":
    main(sys.argv[1], *(int(a) for a in sys.argv[2:]))
