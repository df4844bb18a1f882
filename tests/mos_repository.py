"""Small repositories with mOS's entry points, as they were in three times."""

from middlebench.duts.mos.build import SAMPLES

# As mOS's: asks for two Enters with DPDK, copies Makefile.in, ends with 0 whatever happened.  Until
# 2018-08 it says itself where its DPDK is (setup.sh of 3ae9e01:649, e3dbf95:638).
SETUP = """#! /bin/bash
CUR_DIR=$PWD
tty > /dev/null && echo "stands on a terminal"
case $1 in
--compile-dpdk)
    export RTE_SDK="drivers/dpdk-17.08"
    export RTE_TARGET="x86_64-native-linuxapp-gcc"
  echo -n "Press enter to continue ..."; read || echo "nobody pressed Enter"
  cd $RTE_SDK
  make install T=$RTE_TARGET
  cd $CUR_DIR
  echo -n "Done with DPDK setup. Press enter to start MOS setup ..."; read ;;
--compile-pcap) ;;
*) echo "[error] please specify one of the following options"; exit 0 ;;
esac
cd $CUR_DIR/core/src
make clean;make
cd $CUR_DIR/samples
for d in *; do cp $d/Makefile.in $d/Makefile; done
echo "Done with MOS library setup, compiled by $CC"
"""
CORE = """all: ; mkdir -p ../lib && echo library > ../lib/libmtcp.a
clean: ; rm -f ../lib/libmtcp.a
"""
SAMPLE = """NAME: ../../core/lib/libmtcp.a
\tprintf '#!/bin/sh\\necho NAME\\n' > NAME && chmod +x NAME
"""
DPDK = "install: ; mkdir -p $(T)/kmod $(T)/lib && echo module > $(T)/kmod/igb_uio.ko\n"
SDK = "drivers/dpdk-17.08"
FILES = {
    "setup.sh": SETUP,
    f"{SDK}/Makefile": DPDK,
    "core/src/Makefile": CORE,
} | {f"samples/{name}/Makefile.in": SAMPLE.replace("NAME", name) for name in SAMPLES}


def of_2017():
    """The thesis's time: DPDK 16.11."""
    files = {name.replace(SDK, "drivers/dpdk-16.11"): text for name, text in FILES.items()}
    return files | {"setup.sh": SETUP.replace(SDK, "drivers/dpdk-16.11")}


# From d270d18 on (setup.sh:646): both from the environment, or it ends with 1.
WANTS = """    if [[ -z "${RTE_SDK}" ]]; then printf "Please define RTE_SDK"; exit 1; fi
    if [[ -z "${RTE_TARGET}" ]]; then printf "Please define RTE_TARGET"; exit 1; fi
"""
SETS = """    export RTE_SDK="drivers/dpdk-17.08"
    export RTE_TARGET="x86_64-native-linuxapp-gcc"
"""
IFACE = """ifeq ($(RTE_SDK)$(RTE_TARGET),)
$(error "Please define RTE_SDK environment variable")
endif
all: ; test -d $(RTE_SDK)/$(RTE_TARGET)/lib && touch dpdk_iface.ko dpdk_iface_main
"""


def of_2019():
    """The submodule drivers/dpdk, which the samples are linked with too, and dpdk-iface-kmod."""
    files = {name.replace(SDK, "drivers/dpdk"): text for name, text in FILES.items()}
    files |= {"setup.sh": SETUP.replace(SETS, WANTS), "dpdk-iface-kmod/Makefile": IFACE}
    needs = "\ttest -d $(RTE_SDK)/$(RTE_TARGET)/lib\n"
    samples = [name for name in files if name.startswith("samples/")]
    return files | {
        name: files[name].replace("\tprintf", f"{needs}\tprintf", 1) for name in samples
    }
