"""Tiny models of random weights, and a model hub on this machine, for tests."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from engine.config import CapsTable, Profile, Temperatures

TEMPLATE = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
CONTEXT = 512
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def profile(**changes: Any) -> Profile:
    """A profile of float32 on the CPU, so that equal means equal."""
    values: dict[str, Any] = {
        "title": "Tiny",
        "model": "tiny",
        "caps": CapsTable(subquery=16, answer=16, synthesis=16),
        "temperatures": Temperatures(decompose=0.0, answer=0.0, synthesise=0.0),
        "device": "cpu",
        "dtype": "float32",
    }
    return Profile(**{**values, **changes})


def tiny_tokenizer() -> Any:
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    fast: Any = transformers.PreTrainedTokenizerFast
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=list(CONTROL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    text = ["The near-RT RIC hosts xApps over the E2 interface. system user assistant answer"]
    tokenizer.train_from_iterator(text * 3, trainer)
    return fast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        chat_template=TEMPLATE,
    )


def tiny_model(vocabulary: int) -> Any:
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    configuration = Qwen2Config(
        vocab_size=vocabulary,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=False,
        bos_token_id=0,
        eos_token_id=2,
        pad_token_id=0,
        initializer_range=0.3,
    )
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model: Any = Qwen2ForCausalLM(configuration)
        return model.float()


def write_gguf(directory: Path, path: Path) -> None:
    import gguf
    from transformers import AutoTokenizer, Qwen2ForCausalLM

    model: Any = Qwen2ForCausalLM.from_pretrained(directory)
    tokenizer: Any = AutoTokenizer.from_pretrained(directory)
    configuration = model.config
    writer: Any = gguf.GGUFWriter(path, "qwen2")
    writer.add_context_length(configuration.max_position_embeddings)
    writer.add_block_count(configuration.num_hidden_layers)
    writer.add_embedding_length(configuration.hidden_size)
    writer.add_feed_forward_length(configuration.intermediate_size)
    writer.add_head_count(configuration.num_attention_heads)
    writer.add_head_count_kv(configuration.num_key_value_heads)
    writer.add_layer_norm_rms_eps(configuration.rms_norm_eps)
    writer.add_rope_freq_base(10000.0)
    vocabulary = tokenizer.get_vocab()
    words = sorted(vocabulary, key=lambda word: vocabulary[word])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(words)
    kinds = (gguf.TokenType.CONTROL, gguf.TokenType.NORMAL)
    writer.add_token_types([kinds[word not in CONTROL] for word in words])
    writer.add_token_merges(_merges(directory))
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(0)
    writer.add_chat_template(TEMPLATE)
    names: Any = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN2, configuration.num_hidden_layers)
    for name, tensor in model.state_dict().items():
        writer.add_tensor(names.get_name(name, (".weight", ".bias")), tensor.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _merges(directory: Path) -> list[str]:
    import msgspec

    merges = msgspec.json.decode((directory / "tokenizer.json").read_bytes())["model"]["merges"]
    return [merge if isinstance(merge, str) else " ".join(merge) for merge in merges]


@contextmanager
def hub(
    repository: str, files: dict[str, bytes], *, corrupt: str = ""
) -> Iterator[tuple[str, list[str]]]:
    """A model hub on a port of this machine: its address, and the paths it was asked for.

    `corrupt` names a file whose bytes differ from the hash that the hub gives for it.
    """
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

        def _answer(self, *, body: bool) -> None:
            path = self.path.partition("?")[0]
            asked.append(path)
            if path.startswith(f"/api/models/{repository}/tree/"):
                self._send(200, json.dumps([_entry(n, d) for n, d in files.items()]).encode(), body)
            elif path.startswith(f"/api/models/{repository}"):
                names = [{"rfilename": name} for name in files]
                info = {"id": repository, "sha": COMMIT, "siblings": names}
                self._send(200, json.dumps(info).encode(), body)
            elif path.startswith(f"/{repository}/resolve/") and Path(path).name in files:
                self._file(Path(path).name, body)
            else:
                self._send(404, b"{}", body, {"X-Error-Code": "RepoNotFound"})

        def _file(self, name: str, body: bool) -> None:
            data = files[name]
            etag = hashlib.sha256(data).hexdigest() if len(data) > 20_000 else f"small-{name}"
            if name == corrupt:
                data = data[:-1] + bytes([data[-1] ^ 1])
            self._send(200, data, body, {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT})

        def _send(
            self, status: int, data: bytes, body: bool, headers: dict[str, str] | None = None
        ) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            for key, value in (headers or {}).items():
                self.send_header(key, value)
            self.end_headers()
            if body:
                self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _entry(name: str, data: bytes) -> dict[str, object]:
    return {"type": "file", "path": name, "size": len(data), "oid": "0" * 40}
