#include <algorithm>
#include <array>
#include <csignal>
#include <istream>
#include <ostream>
#include <sstream>

#include <unistd.h>

#include "ceremony/desk.h"

namespace gateway::ceremony {

namespace {

constexpr int kAttempts = 3;
// Alternate screen on, cleared; cleared with what can be scrolled back, off (xterm control sequences, DECSET 1049).
constexpr std::string_view kEnterScreen = "\x1b[?1049h\x1b[2J\x1b[H";
constexpr std::string_view kLeaveScreen = "\x1b[H\x1b[2J\x1b[3J\x1b[?1049l";

extern "C" void clearAndEnd(int signal)
{
    [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, kLeaveScreen.data(), kLeaveScreen.size());
    ::_exit(128 + signal);
}

/// While it lives the terminal shows the alternate screen; an interrupt clears it before the program ends, and the
/// program cannot be stopped with a share in view.
class PrivateScreen final
{
public:
    explicit PrivateScreen(std::ostream& out) : m_out(out)
    {
        for (const int signal : kEndings)
            std::signal(signal, clearAndEnd);
        std::signal(SIGTSTP, SIG_IGN);
        m_out << kEnterScreen << std::flush;
    }
    ~PrivateScreen()
    {
        m_out << kLeaveScreen << std::flush;
        for (const int signal : kEndings)
            std::signal(signal, SIG_DFL);
        std::signal(SIGTSTP, SIG_DFL);
    }
    PrivateScreen(const PrivateScreen&) = delete;
    PrivateScreen& operator=(const PrivateScreen&) = delete;

private:
    static constexpr std::array<int, 4> kEndings = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
    std::ostream& m_out;
};

tl::unexpected<Error> forbidden(std::string type, std::string detail)
{
    return fail(ErrorCode::Forbidden, std::move(type), std::move(detail));
}

tl::unexpected<Error> inputEnded()
{
    return forbidden("input-ended", "the terminal was closed before the ceremony was over");
}

/// In groups of four, which a person can copy.
std::string grouped(const std::string& hex)
{
    std::string text;
    for (std::size_t i = 0; i < hex.size(); ++i) {
        if (i != 0 && i % 4 == 0) text += i % 32 == 0 ? "\n    " : " ";
        text += hex[i];
    }
    return text;
}

/// Without the blanks between the groups, in lower case.
std::string compact(const std::string& typed)
{
    std::string text;
    for (const char character : typed) {
        if (character == ' ' || character == '\t' || character == '\r' || character == '-') continue;
        text += character >= 'A' && character <= 'F' ? static_cast<char>(character - 'A' + 'a') : character;
    }
    return text;
}

/// @param typed  numbers of the list, from 1
/// @return Forbidden "holder-unknown", "share-repeated", "shares-too-few"
Result<std::vector<std::string>> parseHolders(const std::string& typed, const std::vector<std::string>& holders,
                                              unsigned threshold)
{
    std::istringstream words(typed);
    std::vector<std::string> present;
    for (std::string word; words >> word;) {
        const bool isNumber =
            word.size() <= 3 && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
        const auto position = isNumber ? std::stoul(word) : 0UL;
        if (position < 1 || position > holders.size())
            return forbidden("holder-unknown", "'" + word + "' is no number of the list of key holders");
        const auto& holder = holders[position - 1];
        if (std::find(present.begin(), present.end(), holder) != present.end())
            return forbidden("share-repeated", holder + " was named twice");
        present.push_back(holder);
    }
    if (present.size() < threshold)
        return forbidden("shares-too-few", "expected " + std::to_string(threshold) + " key holders, got " +
                                               std::to_string(present.size()));
    return present;
}

const char* purposeText(const std::string& purpose)
{
    return purpose == "pin" ? "root token's PIN" : "key backup";
}

} // namespace

std::optional<std::string> TerminalDesk::ask(const std::string& question)
{
    m_out << question << std::flush;
    std::string line;
    if (!std::getline(m_in, line)) return std::nullopt;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return line;
}

Result<void> TerminalDesk::beginStep(unsigned number, const std::string& name,
                                     const std::vector<std::string>& checklist)
{
    m_out << "\nStep " << number << " of 7: " << name << "\n";
    for (const auto& item : checklist) {
        bool done = false;
        for (int attempt = 0; attempt < kAttempts && !done; ++attempt) {
            const auto answer = ask("  [ ] " + item + " - type \"done\": ");
            if (!answer) return inputEnded();
            done = *answer == "done";
        }
        if (!done) return forbidden("step-not-confirmed", "step " + std::to_string(number) + ": " + item);
    }
    return {};
}

Result<void> TerminalDesk::call(const std::string& holder)
{
    const auto answer = ask("\n" + holder + ", alone at the screen, presses Enter: ");
    if (!answer) return inputEnded();
    return {};
}

Result<void> TerminalDesk::handOut(const ShareSet& set, const Share& share)
{
    if (const auto called = call(share.holder); !called) return called;
    const PrivateScreen screen(m_out);
    const auto check = checkValue(share);
    m_out << "Share " << share.index << " of " << set.records.size() << " of the " << purposeText(set.purpose) << "\n"
          << share.holder << "\n\nCopy both to your paper:\n\n    " << grouped(toLowerHex(share.value.reveal()))
          << "\n\n    check value  " << grouped(check) << "\n\n";
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const auto typed = ask("Type the check value from your paper: ");
        if (!typed) return inputEnded();
        if (compact(*typed) == check) return {};
        m_out << "That is not it. Compare your paper with the screen.\n";
    }
    return forbidden("share-not-confirmed", share.holder + " did not give the check value");
}

Result<std::vector<std::string>> TerminalDesk::holdersPresent(const ShareSet* set)
{
    m_out << "\nKey holders:\n";
    for (std::size_t i = 0; i < m_plan.holders.size(); ++i)
        m_out << "  " << i + 1 << "  " << m_plan.holders[i] << "\n";
    const auto threshold = set ? set->threshold : m_plan.threshold;
    Result<std::vector<std::string>> present;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const auto answer = ask(std::to_string(threshold) + " of them hand in their shares; type their numbers: ");
        if (!answer) return inputEnded();
        present = parseHolders(*answer, m_plan.holders, threshold);
        if (present) return present;
        m_out << "Not so: " << present.error().detail << ".\n";
    }
    return present;
}

Result<Share> TerminalDesk::takeBack(const std::string& purpose, const ShareSet* set, const std::string& holder)
{
    if (!set)
        return fail(ErrorCode::InvalidRequest, "share-records",
                    "the shares' records are needed at a terminal; name their file in the ceremony file");
    const auto record = std::find_if(set->records.begin(), set->records.end(),
                                     [&](const auto& entry) { return entry.holder == holder; });
    if (record == set->records.end()) return forbidden("holder-unknown", holder + " has no share of this set");
    if (const auto called = call(holder); !called) return tl::unexpected(called.error());
    const PrivateScreen screen(m_out);
    m_out << "Share " << record->index << " of the " << purposeText(purpose) << "\n" << holder << "\n\n";
    bool isOfThisSet = false;
    for (int attempt = 0; attempt < kAttempts && !isOfThisSet; ++attempt) {
        const auto check = ask("Check value on your paper: ");
        if (!check) return inputEnded();
        isOfThisSet = compact(*check) == record->check;
        if (!isOfThisSet) m_out << "That is not the one of your share. Is it the right paper?\n";
    }
    if (!isOfThisSet)
        return forbidden("shares-mixed", "the check value of " + holder + " is not that of this set of shares");
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const auto typed = ask("Share: ");
        if (!typed) return inputEnded();
        auto value = parseHex(compact(*typed));
        if (!value || value->size() < 16) {
            m_out << "Expected hex digits in groups of four, as on the paper.\n";
            continue;
        }
        Share share{set->set, record->index, set->threshold, holder, SecretBytes(std::move(*value)), set->secretCheck};
        const auto computed = checkValue(share);
        m_out << "What you typed has the check value " << grouped(computed) << "\n";
        if (computed == record->check) return share;
        m_out << "Your paper says " << grouped(record->check) << ": there is a mistake in what you typed.\n";
    }
    return forbidden("share-corrupted", "the share of " + holder + " does not fit its check value");
}

} // namespace gateway::ceremony
