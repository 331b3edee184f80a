#include "gateway/ceremony_command.h"

#include <CLI/CLI.hpp>
#include <sys/resource.h>
#include <unistd.h>

namespace gateway {

CeremonyCommand::CeremonyCommand(CLI::App& app)
    : m_ceremony(app.add_subcommand("ceremony", "key ceremonies of the hierarchy, see docs/ceremony.md"))
{
    m_ceremony->require_subcommand(1);
    m_ceremony->footer("A ceremony can be repeated: a complete one is left as it is, an interrupted one starts anew.\n"
                       "Exit codes: 0 done, 1 refused or failed, its name first (token-exists, shares-too-few, ...),\n"
                       "64 the command line is wrong.");
    const auto command = [&](const char* name, const char* help) {
        auto* made = m_ceremony->add_subcommand(name, help);
        made->add_option("--file", m_file, "ceremony file, JSON; resources/ceremony/ has samples")->required();
        made->add_flag("--guided", m_options.guided,
                       "lead the people through it on this terminal; shares are shown, not written");
        return made;
    };
    auto* run = command("run", "make keys and certificates, without a question unless guided");
    run->footer(
        "Makes tokens, keys, certificates and records of the whole hierarchy in the seven steps of docs/ceremony.md.\n"
        "Nothing is written to the output folder before everything is signed; manifest.json comes last.");
    m_renew = command("renew-intermediate", "a new intermediate by the root of an earlier ceremony");
    m_renew->footer("The file names the root and its token as 'earlier', and a new intermediate-ca on a new token.");
    m_lists = command("crl", "renew the CRLs of root and intermediates, revoke a CA");
    m_lists->add_option("--output", m_options.output, "folder for the result, in place of the file's");
    m_lists->add_option("--previous", m_options.previousLists,
                        "folder of the last CRLs (as published), in place of the file's 'previous'");
    m_lists->footer(
        "Every certificate of the file is 'earlier'; the root needs no token when only intermediates sign.\n"
        "Entries of the last list stay, 'revoke' adds some, and the number rises. Import the output.");
    for (auto* holding : {run, m_renew, m_lists})
        holding->add_flag("--rehearsal", m_options.rehearsal,
                          "the same with scratch tokens, output in folders that end in -rehearsal");
    m_restore = command("restore-key", "put a backed-up key on a fresh token");
    m_restore->add_option("--key", m_keyLabel, "label of the key")->required();
    m_restore->add_option("--token", m_token, "label of the token to make")->required();
    m_restore->footer(
        "Asks for the shares of the key-encryption key. The token's PIN goes to TOKEN.pin in the secrets folder.");
    m_verify = m_ceremony->add_subcommand("verify", "check a ceremony's records offline");
    m_verify->add_option("--root", m_root, "the root's certificate, PEM, from a source of its own")->required();
    m_verify->add_option("transcript", m_transcript, "transcript.json, with the other files beside it")->required();
    m_verify->footer(
        "Needs neither HSM nor network: the transcript's signature, the hash of each file it names, and the path of\n"
        "each certificate up to the root.");
}

bool CeremonyCommand::isAsked() const
{
    return m_ceremony->parsed();
}

Result<void> CeremonyCommand::run(std::istream& in, std::ostream& out)
{
    // Shares, PINs and the key-encryption key are in this process and its signer.
    const rlimit noCore{};
    if (::setrlimit(RLIMIT_CORE, &noCore) != 0)
        return fail(ErrorCode::Internal, "core-limit", "core dumps could not be switched off");
    if (m_verify->parsed()) return verifyCeremony(m_root, m_transcript, out);
    if (m_options.guided && ::isatty(STDIN_FILENO) != 1)
        return fail(ErrorCode::InvalidRequest, "config", "--guided: expected a terminal on standard input");
    if (m_restore->parsed()) return restoreKey(m_file, m_keyLabel, m_token, m_options, in, out);
    m_options.renewal = m_renew->parsed();
    m_options.lists = m_lists->parsed();
    return runCeremony(m_file, m_options, in, out);
}

} // namespace gateway
