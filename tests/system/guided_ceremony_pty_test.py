"""The guided ceremony on a real terminal: who sees which share when, what happens to typing mistakes, what is refused (docs/ceremony.md)."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from demo import BUILD, SOURCE
from terminal import CLEAR_HISTORY, Terminal

HOLDERS = ["Alice Adams", "Bruno Becker", "Chiyo Chiba", "Dana Dvorak", "Emeka Eze"]
PURPOSES = ["root token's PIN", "key backup"]
GATEWAY = BUILD / "bin/v2c-ca-gateway"


def compact(text):
    return re.sub(r"\s", "", text)


def with_a_mistake(hexadecimal):
    return hexadecimal[:-1] + ("1" if hexadecimal[-1] == "0" else "0")


class GuidedCeremonyPtyTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="v2c-guided-"))
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "tokens").mkdir()
        (self.folder / "softhsm2.conf").write_text(f"directories.tokendir = {self.folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
        self.env = {"SOFTHSM2_CONF": str(self.folder / "softhsm2.conf")}
        plan = json.loads((SOURCE / "resources/ceremony/demo.json").read_text())
        root, station = plan["certificates"][0], plan["certificates"][8]
        plan |= {
            "signer": str(BUILD / "bin/v2c-signer"), "profiles": str(SOURCE / "resources/profiles"),
            "output": str(self.folder / "pki"), "secrets": str(self.folder / "secrets"), "tokens": plan["tokens"][:1],
            "certificates": [root | {"algorithm": "EC-P384"}, station | {"issuer": "root-ca.pem"}],
            "crls": plan["crls"][:1]}  # an elliptic root is quick
        del plan["chains"], plan["secret_keys"]
        (self.folder / "ceremony.json").write_text(json.dumps(plan))
        self.papers = {}  # (holder, purpose) -> (share, check value), as copied from the screen

    def begin(self):
        terminal = Terminal(GATEWAY, "ceremony", "run", "--file", self.folder / "ceremony.json", "--guided", env=self.env)
        self.addCleanup(terminal.close)
        return terminal

    def done(self, terminal, points):
        for point in points:
            terminal.expect(rf'\[ \] {point} - type "done": ')
            terminal.type("done")

    def first_step(self, terminal):
        terminal.expect(r'Step 1 of 7: boot the HSM\n  \[ \] .* - type "done": ')
        self.done(terminal, ["the room is closed, .*", "CSO Farah Fischer is present", "CISO Goran Gustafsson is present",
                             "Legal Counsel Hana Horvat is present", "External Auditor Imran Ito is present", "the HSM is on and connected"])

    def hand_out(self, terminal, mistakes=0):
        """Both sets to all holders, one at a time."""
        terminal.expect(r'Step 2 of 7: enter the key holders\' shares\n  \[ \] .* - type "done": ')
        self.done(terminal, ["only a key holder's own eyes .*"])
        for purpose in PURPOSES:
            for index, holder in enumerate(HOLDERS, 1):
                terminal.expect(rf"\n{holder}, alone at the screen, presses Enter: ")
                self.assertFalse(terminal.is_private)
                self.assert_no_share(terminal.screen)
                terminal.answer_last("")
                terminal.expect("Type the check value from your paper: ")
                self.assertTrue(terminal.is_private)
                shown = re.fullmatch(rf"Share {index} of 5 of the {purpose}\n{holder}\n\nCopy both to your paper:\n\n(?P<share>[0-9a-f\s]+)\n\n"
                                     r"    check value  (?P<check>[0-9a-f ]+)\n\nType the check value from your paper: ", terminal.screen)
                self.assertTrue(shown, terminal.screen)
                self.assert_no_share(terminal.screen)  # of anybody before
                self.papers[holder, purpose] = compact(shown["share"]), shown["check"]
                for _ in range(mistakes):
                    terminal.type(with_a_mistake(shown["check"]))
                    terminal.expect("That is not it. Compare your paper with the screen.\nType the check value from your paper: ")
                terminal.answer_last(shown["check"])

    def assert_no_share(self, text):
        for share, _ in self.papers.values():
            self.assertNotIn(share, compact(text))

    def name_holders(self, terminal, numbers, *mistakes):
        terminal.expect("Key holders:\n" + "".join(f"  {number}  {holder}\n" for number, holder in enumerate(HOLDERS, 1)) +
                        "3 of them hand in their shares; type their numbers: ")
        for typed, answer in mistakes:
            terminal.type(typed)
            terminal.expect(f"Not so: {answer}.\n3 of them hand in their shares; type their numbers: ")
        terminal.answer_last(numbers)

    def hand_in(self, terminal, holders, mistakes=0):
        for purpose in PURPOSES:
            for holder in holders:
                share, check = self.papers[holder, purpose]
                terminal.expect(rf"\n{holder}, alone at the screen, presses Enter: ")
                self.assert_no_share(terminal.screen)
                terminal.answer_last("")
                terminal.expect("Check value on your paper: ")
                self.assertTrue(terminal.is_private)
                for _ in range(mistakes):
                    terminal.type(with_a_mistake(check))
                    terminal.expect(r"That is not the one of your share. Is it the right paper\?\nCheck value on your paper: ")
                terminal.type(check)
                for _ in range(mistakes):
                    terminal.expect("\nShare: ")
                    terminal.type(with_a_mistake(share))
                    terminal.expect(f"Your paper says {check}: there is a mistake in what you typed.\nShare: ")
                terminal.expect("\nShare: ")
                terminal.answer_last(share.upper())

    def finish(self, terminal):
        for number, points in ((3, ["everybody may see the screen again"]), (4, ["the names above are the right ones"]), (5, ["the medium is in its drive"]),
                               (7, ["the HSM is off", "v2c-root is in its numbered bag, in the safe", "transcript.pdf is printed and signed by everybody present"])):
            terminal.expect(rf'Step {number} of 7: .*\n  \[ \] .* - type "done": ')
            self.done(terminal, points)
        self.assertEqual(terminal.end(), 0, terminal.screen)
        self.assertIn("Step 6 of 7: verify the certificate chains", terminal.screen)

    def assert_nothing_signed(self):
        self.assertEqual(list((self.folder / "pki").glob("*")), [])

    def test_people_are_led_through_it_and_their_mistakes_are_asked_again(self):
        terminal = self.begin()
        self.first_step(terminal)
        self.hand_out(terminal, mistakes=2)
        self.name_holders(terminal, "1 3 5", ("1 3", "expected 3 key holders, got 2"), ("1 3 three", "'three' is no number of the list of key holders"))
        self.hand_in(terminal, ["Alice Adams", "Chiyo Chiba", "Emeka Eze"], mistakes=2)
        self.finish(terminal)

        self.assertEqual(len(self.papers), 10)
        self.assertEqual(len({share for share, _ in self.papers.values()}), 10)
        self.assert_no_share(terminal.screen)
        self.assertEqual(terminal.alternate_screens, 16)  # ten handed out, three of each set handed in
        self.assertEqual(terminal.everything.count(CLEAR_HISTORY), 16)
        for file in self.folder.rglob("*"):
            if file.is_file():
                self.assert_no_share(file.read_bytes().decode("latin-1"))
        self.assertEqual([file.name for file in (self.folder / "secrets").iterdir()], [])
        checked = subprocess.run([GATEWAY, "ceremony", "verify", "--root", self.folder / "pki/root-ca.pem", self.folder / "pki/transcript.json"],
                                 capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_refusals_are_named_and_nothing_is_signed(self):
        for numbers, name in (("1 3", "shares-too-few: expected 3 key holders, got 2"), ("1 3 1", "share-repeated: Alice Adams was named twice"),
                              ("1 3 6", "holder-unknown: '6' is no number of the list of key holders")):
            with self.subTest(numbers):
                self.papers.clear()
                terminal = self.begin()
                self.first_step(terminal)
                self.hand_out(terminal)
                self.name_holders(terminal, numbers, *[(numbers, name.split(": ")[1])] * 2)
                self.assertEqual(terminal.end(), 1)
                self.assertIn(name, terminal.screen)
                self.assert_nothing_signed()

    def test_wrong_papers_are_named_and_nothing_is_signed(self):
        def wrong_three_times(terminal):
            share, check = self.papers["Alice Adams", PURPOSES[0]]
            terminal.type(check)
            for _ in range(2):
                terminal.expect("\nShare: ")
                terminal.type(with_a_mistake(share))
            terminal.expect("\nShare: ")
            terminal.answer_last(with_a_mistake(share))

        def not_hexadecimal(terminal):
            terminal.type(self.papers["Alice Adams", PURPOSES[0]][1])
            for _ in range(2):
                terminal.expect("\nShare: ")
                terminal.type("I forgot")
            terminal.expect("\nShare: ")
            terminal.answer_last("I forgot")

        def wrong_check_value(terminal, value):
            for _ in range(2):
                terminal.type(value)
                terminal.expect(r"right paper\?\nCheck value on your paper: ")
            terminal.answer_last(value)

        def of_another_holder(terminal):
            wrong_check_value(terminal, self.papers["Bruno Becker", PURPOSES[0]][1])

        def of_the_other_set(terminal):
            wrong_check_value(terminal, self.papers["Alice Adams", PURPOSES[1]][1])

        for mischief, name in ((wrong_three_times, "share-corrupted: the share of Alice Adams does not fit its check value"),
                               (not_hexadecimal, "share-corrupted: the share of Alice Adams does not fit its check value"),
                               (of_another_holder, "shares-mixed: the check value of Alice Adams is not that of this set of shares"),
                               (of_the_other_set, "shares-mixed: the check value of Alice Adams is not that of this set of shares")):
            with self.subTest(mischief.__name__):
                self.papers.clear()
                terminal = self.begin()
                self.first_step(terminal)
                self.hand_out(terminal)
                self.name_holders(terminal, "1 3 5")
                terminal.expect("\nAlice Adams, alone at the screen, presses Enter: ")
                terminal.answer_last("")
                terminal.expect("Check value on your paper: ")
                mischief(terminal)
                self.assertEqual(terminal.end(), 1)
                self.assertIn(name, terminal.screen)
                self.assertFalse(terminal.is_private)
                self.assert_no_share(terminal.screen)
                self.assert_nothing_signed()

    def share_on_the_screen(self):
        terminal = self.begin()
        self.first_step(terminal)
        terminal.expect("own eyes .*: ")
        terminal.type("done")
        terminal.expect("Alice Adams, alone at the screen, presses Enter: ")
        terminal.answer_last("")
        terminal.expect("Type the check value from your paper: ")
        return terminal, compact(re.search(r"paper:\n\n([0-9a-f\s]+)\n\n    check", terminal.screen)[1])

    def test_an_interrupt_clears_the_screen(self):
        for key, signal_number in (("\x03", signal.SIGINT), ("\x1c", signal.SIGQUIT)):
            with self.subTest(signal_number):
                terminal, share = self.share_on_the_screen()
                terminal.press(key)
                self.assertEqual(terminal.end(), 128 + signal_number)
                self.assertFalse(terminal.is_private)
                self.assertNotIn(share, compact(terminal.screen))
                self.assertIn(CLEAR_HISTORY, terminal.everything)
                self.assert_nothing_signed()

    def test_it_cannot_be_stopped_with_a_share_in_view(self):
        terminal, _ = self.share_on_the_screen()
        terminal.press("\x1a")
        terminal.expect(r"\^Z")
        check = re.search("check value  ([0-9a-f ]+)\n", terminal.screen)[1]
        terminal.answer_last(check)
        terminal.expect("Bruno Becker, alone at the screen, presses Enter: ")  # it went on

    def test_a_terminal_that_hangs_up_ends_it(self):
        terminal, _ = self.share_on_the_screen()
        self.assertEqual(terminal.hang_up(), 128 + 1)
        self.assert_nothing_signed()
        # The next one starts clean.
        again = self.begin()
        self.first_step(again)
        self.hand_out(again)
        self.assertIn("token v2c-root: left by an unfinished ceremony, made anew; shares handed out then are void", again.everything)

    def test_a_pipe_is_no_terminal(self):
        ended = subprocess.run([GATEWAY, "ceremony", "run", "--file", self.folder / "ceremony.json", "--guided"], input="done\n",
                               capture_output=True, text=True, env={**os.environ, **self.env})
        self.assertEqual(ended.returncode, 64)
        self.assertIn("--guided: expected a terminal on standard input", ended.stderr)
        self.assertFalse((self.folder / "pki").exists())


if __name__ == "__main__":
    unittest.main()
