"""The YAML language server that editors have inside, from npm, driven without an editor."""

import hashlib
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from tempfile import mkdtemp
from typing import Any

import pytest

HERE = Path(__file__).parent
PATIENCE = 60
"""Seconds after which a server that says nothing is taken for dead."""


def installed() -> Path:
    """Return the server's program, installed once for each state of the lock file, outside of the repository."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("the YAML language server needs node and npm, which are not on this machine")
    lock = (HERE / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "voronka-tests"
    folder = cache / f"yaml-language-server-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        draft = Path(mkdtemp(dir=cache))
        try:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, draft)
            install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
            try:
                done = subprocess.run(install, cwd=draft, capture_output=True, text=True, timeout=120)
            except subprocess.TimeoutExpired:
                pytest.skip("npm did not bring the YAML language server within two minutes")
            if done.returncode:
                said = [line for line in done.stderr.splitlines() if "error" in line]
                pytest.skip(f"npm cannot bring the YAML language server (no network?): {' '.join(said[:3])}")
            try:
                draft.rename(folder)
            except OSError:  # another run was quicker
                assert folder.exists()
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return folder / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"


class LanguageServer:
    """A conversation with the server about the files of one workspace. Lines and columns count from 0."""

    def __init__(self, process: subprocess.Popen[bytes], root: Path, settings: dict[str, Any]) -> None:
        self._process = process
        self._root = root
        self._settings = settings
        self._inbox: Queue[dict[str, Any]] = Queue()
        self._last = 0
        self._configured = False
        self._versions: dict[str, int] = {}
        self._found: dict[str, list[dict[str, Any]]] = {}
        self._answers: dict[int, dict[str, Any]] = {}
        threading.Thread(target=self._listen, daemon=True).start()
        self._ask(
            "initialize",
            processId=os.getpid(),
            rootUri=root.as_uri(),
            workspaceFolders=[{"uri": root.as_uri(), "name": root.name}],
            capabilities={
                "workspace": {"configuration": True, "workspaceFolders": True},
                "textDocument": {
                    "completion": {"completionItem": {"documentationFormat": ["markdown"], "snippetSupport": True}},
                    "hover": {"contentFormat": ["markdown"]},
                },
            },
        )
        self._tell("initialized")
        while not self._configured:  # until then the server knows no schema
            self._receive()

    def open(self, path: str, text: str) -> None:
        """Open a file that has this text in the editor, or change its text to it."""
        uri = self._uri(path)
        if uri in self._versions:
            self.faults(path)  # what is still to come about the text before must not be taken for what comes after
        self._found.pop(uri, None)
        self._versions[uri] = version = self._versions.get(uri, 0) + 1
        document = {"uri": uri, "version": version}
        if version == 1:
            self._tell("textDocument/didOpen", textDocument={**document, "languageId": "yaml", "text": text})
        else:
            self._tell("textDocument/didChange", textDocument=document, contentChanges=[{"text": text}])

    def faults(self, path: str) -> list[str]:
        """Return what the server finds wrong with the text that a file was given last."""
        uri = self._uri(path)
        while uri not in self._found:
            self._receive()
        return [f"{each['range']['start']['line'] + 1}: {each['message']}" for each in self._found[uri]]

    def complete(self, path: str, line: int, column: int) -> dict[str, str]:
        """Return what is offered at a place: each label with what is said about it."""
        found = self._ask("textDocument/completion", **self._place(path, line, column))
        items = found["items"] if isinstance(found, dict) else found or []
        return {item["label"]: _words(item.get("documentation", "")) for item in items}

    def hover(self, path: str, line: int, column: int) -> str:
        """Return what is said about what stands at a place."""
        found = self._ask("textDocument/hover", **self._place(path, line, column))
        return _words(found["contents"]) if found else ""

    def _uri(self, path: str) -> str:
        return (self._root / path).as_uri()

    def _place(self, path: str, line: int, column: int) -> dict[str, Any]:
        return {"textDocument": {"uri": self._uri(path)}, "position": {"line": line, "character": column}}

    def _tell(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def _ask(self, method: str, **params: Any) -> Any:
        self._last += 1
        number = self._last
        self._send({"id": number, "method": method, "params": params})
        while number not in self._answers:
            self._receive()
        answer = self._answers.pop(number)
        assert "error" not in answer, answer
        return answer["result"]

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _receive(self) -> None:
        try:
            message = self._inbox.get(timeout=PATIENCE)
        except Empty:
            raise AssertionError("the language server does not answer") from None
        if message.get("method") == "textDocument/publishDiagnostics":
            self._found[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "id" in message and "method" in message:
            self._answer(message)
        elif "id" in message:
            self._answers[message["id"]] = message

    def _answer(self, request: dict[str, Any]) -> None:
        """Answer what the server asks of an editor: its settings, and for the rest that nothing is to be told."""
        result = None
        if request["method"] == "workspace/configuration":
            result = [self._settings.get(item.get("section", ""), None) for item in request["params"]["items"]]
            self._configured = True
        self._send({"id": request["id"], "result": result})

    def _listen(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while header := stream.readline():
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
                header = stream.readline()
            self._inbox.put(json.loads(stream.read(length)))


@contextmanager
def language_server(program: Path, root: Path, settings: dict[str, Any]) -> Iterator[LanguageServer]:
    """Run the server for the workspace at `root`. `settings`: what the editor has in its settings, by dotted key."""
    sections: dict[str, Any] = {"yaml": {"schemaStore": {"enable": False}, "validate": True, "completion": True}}
    for key, value in settings.items():
        section, _, name = key.partition(".")
        sections.setdefault(section, {})[name] = value
    command = ["node", str(program), "--stdio"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        yield LanguageServer(process, root, sections)
    finally:
        process.kill()
        process.communicate()


def _words(documentation: Any) -> str:
    return str(documentation["value"]) if isinstance(documentation, dict) else str(documentation)
