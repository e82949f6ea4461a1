"""Where the programs under test are: the build tree named by TQ_BUILD, else ../../build."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("TQ_BUILD", ROOT / "build")).resolve()

FETCHER = BUILD / "fetcher" / "tie-fetcher"
MAPPER = BUILD / "mapper" / "tie-mapper"
PUBLISHER = BUILD / "publisher" / "tie-publisher"
ENRICHER = BUILD / "enricher" / "tie-enricher"
CONSOLE = BUILD / "console" / "tq-trellix-tie"
PROV = BUILD / "publisher" / "tq-trellix-tie-prov"
THREATQ_SIM = BUILD / "tests" / "sim" / "threatq-sim"
TIE_SIM = BUILD / "tests" / "sim" / "tie-sim" / "tie-sim"
EPO_SIM = BUILD / "tests" / "sim" / "epo-sim" / "epo-sim"
