"""`python3 -m infra.power_platform.generator`: writes the connectors' files anew."""

from infra.local.tools import ROOT
from infra.power_platform.generator.files import write_all

if __name__ == "__main__":
    written = write_all()
    for place in written:
        print(place.relative_to(ROOT))
    print(f"{len(written)} files written" if written else "every file is as it should be")
