"""A program on a pseudo-terminal, and what a person in front of it can see."""

import os
import pty
import re
import select
import signal
import time

ALTERNATE, MAIN, CLEAR, CLEAR_HISTORY = "\x1b[?1049h", "\x1b[?1049l", "\x1b[2J", "\x1b[3J"
SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """Starts the program at once. Ended programs are waited for by end()."""

    def __init__(self, *command, env=None):
        self._main = ""
        self._alternate = None  # while it is shown
        self._pending = ""
        self.everything = ""
        self.alternate_screens = 0
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            os.execvpe(str(command[0]), [str(part) for part in command], {**os.environ, **(env or {})})

    @property
    def screen(self):
        """The text that is visible: of the alternate screen while that is shown."""
        return self._main if self._alternate is None else self._alternate

    @property
    def is_private(self):
        return self._alternate is not None

    def expect(self, pattern, timeout=30):
        """Waits until the visible text ends with the pattern. Returns the match."""
        deadline = time.monotonic() + timeout
        while True:
            found = re.search(f"(?:{pattern})$", self.screen)
            if found:
                return found
            if not self._read(deadline):
                raise AssertionError(f"expected {pattern!r}, the screen shows\n{self.screen}")

    def type(self, line, timeout=30):
        """Waits for the echo, so that what is asked next is not taken for asked already."""
        before = len(self.screen)
        self.press(f"{line}\n")
        deadline = time.monotonic() + timeout
        while f"{line}\n" not in self.screen[before:]:
            if not self._read(deadline):
                raise AssertionError(f"no echo of {line!r}, the screen shows\n{self.screen}")

    def answer_last(self, line):
        """Types the last answer of a screen, whose echo goes with it."""
        self.press(f"{line}\n")

    def press(self, key):
        os.write(self._terminal, key.encode())

    def hang_up(self):
        os.close(self._terminal)
        self._terminal = None
        return self._wait()

    def end(self, timeout=30):
        """Reads to the end. Returns the exit status, negative for a signal."""
        deadline = time.monotonic() + timeout
        while self._read(deadline):
            pass
        return self._wait()

    def close(self):
        if self._terminal is not None:
            os.close(self._terminal)
            self._terminal = None
        if self._process:
            os.kill(self._process, signal.SIGKILL)
            self._wait()

    def _wait(self):
        status = os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])
        self._process = None
        return status

    def _read(self, deadline):
        ready, _, _ = select.select([self._terminal], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            raise AssertionError(f"nothing more came in time, the screen shows\n{self.screen}")
        try:
            data = os.read(self._terminal, 65536).decode()
        except OSError:  # the other end is closed
            return False
        self.everything += data
        self._show(self._pending + data.replace("\r\n", "\n"))
        return bool(data)

    def _show(self, text):
        self._pending = ""
        while text:
            start = text.find("\x1b")
            self._put(text if start < 0 else text[:start])
            if start < 0:
                return
            sequence = SEQUENCE.match(text, start)
            if not sequence:
                self._pending = text[start:]
                return
            self._obey(sequence.group())
            text = text[sequence.end():]

    def _put(self, text):
        if self._alternate is None:
            self._main += text
        else:
            self._alternate += text

    def _obey(self, sequence):
        if sequence == ALTERNATE:
            self._alternate = ""
            self.alternate_screens += 1
        elif sequence == MAIN:
            self._alternate = None
        elif sequence == CLEAR and self._alternate is not None:
            self._alternate = ""
