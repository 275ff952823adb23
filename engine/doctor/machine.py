"""The machine: Python, libraries, processor, memory, GPUs, and what makes them fast.

Not responsible for the terminal (argo_tui.terminal_report) or for disks (engine.doctor.records).
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from engine.config import Profile, Settings
from engine.doctor.finding import Check, Finding, State
from engine.llm.flash import Flash, flash_problem
from engine.models.memory import free_bytes, gigabytes

SUBJECT: Final = "machine"
LIBRARIES: Final = ("torch", "transformers", "lancedb", "numpy", "textual")
_OLDEST: Final = (3, 11)
_FLASH: Final[tuple[tuple[Flash, str, str], ...]] = (
    ("flash_attention_2", "flash_attn", "flash-attn"),
    ("flash_attention_3", "flash_attn_interface", "flash-attn-3"),
)


def checks(settings: Settings | None) -> Iterator[Check]:
    """What is looked at, the quick ones first. `settings`: None where they cannot be read."""
    yield Check(SUBJECT, "Python", python)
    yield Check(SUBJECT, "libraries", libraries)
    yield Check(SUBJECT, "memory", memory)
    yield Check(SUBJECT, "load", load)
    yield Check(SUBJECT, "processor", processor)
    yield Check(SUBJECT, "CUDA", cuda)
    yield Check(SUBJECT, "flash-attn", lambda: flash_attention(settings))
    yield Check(SUBJECT, "compiler", lambda: compiler(settings, os.environ))


def python() -> Iterator[Finding]:
    """Its version and the platform."""
    system = f"{platform.system()} {platform.release()}, {platform.machine()}"
    text = f"{platform.python_version()} on {system}"
    if sys.version_info < _OLDEST:
        remedy = f"Use Python {'.'.join(map(str, _OLDEST))} or newer."
        yield Finding(SUBJECT, "Python", State.PROBLEM, text, remedy)
    else:
        yield Finding(SUBJECT, "Python", State.OK, text)


def libraries() -> Iterator[Finding]:
    """The versions of what the program stands on."""
    found, missing = [], []
    for name in ("argo-tui", *LIBRARIES):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    # A checkout that was never installed works all the same.
    needed = [name for name in missing if name != "argo-tui"]
    if needed:
        text = f"not installed: {', '.join(needed)}; there: {', '.join(found)}"
        remedy = "Install the program again: pip install argo-tui."
        yield Finding(SUBJECT, "libraries", State.PROBLEM, text, remedy)
    else:
        yield Finding(SUBJECT, "libraries", State.OK, ", ".join(found))


def memory() -> Iterator[Finding]:
    """What a model can have, within the container's limit."""
    import psutil

    free, total = free_bytes(), int(psutil.virtual_memory().total)
    text = f"{gigabytes(free)} free of {gigabytes(total)}"
    if free < 1_000_000_000:
        remedy = "Close other programs: the smallest profile takes a gigabyte."
        yield Finding(SUBJECT, "memory", State.PROBLEM, text, remedy)
    else:
        yield Finding(SUBJECT, "memory", State.OK, text)


def load() -> Iterator[Finding]:
    """Whether others want the processor too: everything is slower then, and unevenly."""
    import psutil

    yield of_load(psutil.getloadavg()[0], psutil.cpu_count(logical=False) or 1)


def of_load(wanting: float, cores: int) -> Finding:
    """`wanting`: processes that want a core, the mean of the last minute."""
    text = f"{wanting:.1f} processes want the {cores} cores"
    if wanting < 0.75 * cores:
        return Finding(SUBJECT, "load", State.OK, text)
    remedy = "Times are longer than they need be: end what else runs before a demo."
    return Finding(SUBJECT, "load", State.NOTE, text, remedy)


def processor() -> Iterator[Finding]:
    """Cores, and the instructions and kernels that the fused step uses."""
    import psutil
    import torch

    from engine.bench.speed import machine
    from engine.llm.fused.kernels import int4_problem, int8_problem, prompt_problem

    cores = psutil.cpu_count(logical=False) or 1
    instructions = {
        "AVX-512": "AVX512" in torch.backends.cpu.get_cpu_capability(),
        "VNNI": torch.cpu._is_vnni_supported(),
        "bfloat16": torch.cpu._is_avx512_bf16_supported(),
        "AMX": torch.cpu._is_amx_tile_supported(),
    }
    there = [name for name, found in instructions.items() if found]
    bfloat16 = instructions["bfloat16"] or instructions["AMX"]
    text = f"{machine('cpu')}, {cores} cores; {', '.join(there) or 'none of the fast instructions'}"
    if bfloat16:
        yield Finding(SUBJECT, "processor", State.OK, text)
    else:
        slow = f"{text}. It has no bfloat16: models take float32, twice the memory"
        remedy = "Use a small profile, a GPU, or a server."
        yield Finding(SUBJECT, "processor", State.NOTE, slow, remedy)
    dtype = "bfloat16" if bfloat16 else "float32"
    problems = [
        problem for look in (int4_problem, int8_problem, prompt_problem) if (problem := look(dtype))
    ]
    if problems:
        remedy = "Nothing to do: the next wider format is used, and is slower."
        yield Finding(SUBJECT, "int4 and int8", State.NOTE, "; ".join(problems), remedy)
    else:
        yield Finding(SUBJECT, "int4 and int8", State.OK, f"the kernels compute right in {dtype}")


def cuda() -> Iterator[Finding]:
    """The GPUs with their memory; and where there is none, why."""
    import torch

    if not torch.cuda.is_available():
        yield no_cuda(torch.version.cuda, driver=shutil.which("nvidia-smi") is not None)
        return
    yield Finding(SUBJECT, "CUDA", State.OK, f"CUDA {torch.version.cuda}")
    for number in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(number)
        name = torch.cuda.get_device_name(number)
        text = f"{name}, {gigabytes(free)} free of {gigabytes(total)}"
        busy = free < total // 10
        remedy = "Another process holds it: nvidia-smi shows which." if busy else ""
        yield Finding(SUBJECT, f"cuda:{number}", State.NOTE if busy else State.OK, text, remedy)


def no_cuda(built: str | None, *, driver: bool) -> Finding:
    """Why no GPU is used. `built`: the CUDA that torch was built for, None for the CPU."""
    if built is None and not driver:
        return Finding(SUBJECT, "CUDA", State.OK, "none; this torch is built for the CPU")
    if built is None:
        text = "there is an NVIDIA driver, and this torch is built for the CPU"
        remedy = "Install torch with CUDA: docs/hardware.md."
        return Finding(SUBJECT, "CUDA", State.NOTE, text, remedy)
    text = f"torch is built for CUDA {built}, and no device answers"
    if not driver:
        return Finding(SUBJECT, "CUDA", State.OK, text)
    remedy = "See what nvidia-smi says, and what CUDA_VISIBLE_DEVICES is set to."
    return Finding(SUBJECT, "CUDA", State.PROBLEM, text, remedy)


def flash_attention(settings: Settings | None) -> Iterator[Finding]:
    """Whether it is here. Never required: a profile gets it by name only."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    wanted = {p.attention: name for name, p in _profiles(settings).items()}
    for flash, module, title in _FLASH:
        there = importlib.util.find_spec(module) is not None
        if flash in wanted:
            if problem := flash_problem(flash, device, "bfloat16"):
                text = f"the profile «{wanted[flash]}» names it, and it is not used: {problem}"
                remedy = f"Set profiles.{wanted[flash]}.attention = auto, or install it."
                yield Finding(SUBJECT, title, State.NOTE, text, remedy)
            else:
                yield Finding(SUBJECT, title, State.OK, "here, and computes right")
        elif flash == "flash_attention_2":
            text = "here" if there else "not here"
            text += "; no profile names it, sdpa is used"
            yield Finding(SUBJECT, title, State.OK, text)


def compiler(settings: Settings | None, environment: Mapping[str, str]) -> Iterator[Finding]:
    """What torch.compile needs, where a profile asks for a compiled step."""
    using = [name for name, p in _profiles(settings).items() if p.compile != "off"]
    candidates = (environment.get("CXX", ""), "g++", "clang++", "c++")
    found = next((path for name in candidates if name and (path := shutil.which(name))), None)
    if not using:
        there = f"{found} is here" if found else "there is none"
        text = f"no profile asks for a compiled step; {there}"
        yield Finding(SUBJECT, "compiler", State.OK, text)
    elif found is None:
        text = f"no C++ compiler, and «{using[0]}» asks for a compiled step"
        remedy = "Install g++ (or set CXX), or set compile = off; the eager step answers so far."
        yield Finding(SUBJECT, "compiler", State.NOTE, text, remedy)
    else:
        yield Finding(SUBJECT, "compiler", State.OK, f"{found}, for {', '.join(using)}")


def _profiles(settings: Settings | None) -> Mapping[str, Profile]:
    """Those that run here."""
    profiles = settings.profiles if settings else {}
    return {name: p for name, p in profiles.items() if p.kind == "local"}
