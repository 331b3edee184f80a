#include "ceremony/token_stage.h"

#include <algorithm>
#include <ostream>

#include "ceremony/key_backup.h"
#include "ceremony/output_file.h"
#include "ceremony/shares.h"
#include "identity/random.h"

namespace gateway::ceremony {

namespace {

constexpr mode_t kSecretFile = 0600;

} // namespace

Result<void> TokenStage::check(SignerProcess& signer)
{
    const auto existing = signer.tokens();
    if (!existing) return tl::unexpected(existing.error());
    for (const auto& token : m_plan.tokens) {
        const auto count = std::count(existing->begin(), existing->end(), token.label);
        if (token.isEarlier()) {
            if (count == 1) continue;
            return fail(ErrorCode::Conflict, "token-missing",
                        "expected one token '" + token.label + "' of an earlier ceremony, found " +
                            std::to_string(count));
        }
        if (count == 0) continue;
        if (count > 1 || !m_journal.knows(token.label))
            return fail(ErrorCode::Conflict, "token-exists",
                        "token '" + token.label +
                            "' exists and is not the rest of this ceremony; choose another label, or erase it");
        m_progress << "token " << token.label
                   << ": left by an unfinished ceremony, made anew; shares handed out then are void\n";
        m_transcript.add(1, "token " + token.label + " of an unfinished ceremony is erased");
    }
    return {};
}

Result<void> TokenStage::open(SignerProcess& signer)
{
    for (const auto& token : m_plan.tokens) {
        const auto opened = token.isEarlier() ? openEarlier(token) : make(signer, token);
        if (!opened) return opened;
    }
    return makeWrappingKey().and_then([&] { return takeShares(); });
}

std::vector<ShareSet> TokenStage::shareSets() const
{
    std::vector<ShareSet> sets;
    for (const auto& set : {m_pinShares, m_backupShares})
        if (set) sets.push_back(*set);
    return sets;
}

Result<void> TokenStage::openEarlier(const Plan::Token& token)
{
    if (token.shared) {
        m_sharedToken = &token;
        if (token.earlierRecords.empty()) return {};
        const auto text = readFile(token.earlierRecords);
        if (!text) return tl::unexpected(text.error());
        const auto sets = parseShareSets(*text);
        if (!sets)
            return fail(sets.error().code, sets.error().type,
                        token.earlierRecords.string() + ": " + sets.error().detail);
        for (const auto& set : *sets)
            if (set.purpose == "pin") m_pinShares = set;
        return {};
    }
    auto pin = readPin(token.earlierSecrets / (token.label + ".pin"));
    if (!pin) return tl::unexpected(pin.error());
    m_pins.emplace(token.label, std::move(*pin));
    return {};
}

Result<void> TokenStage::make(SignerProcess& signer, const Plan::Token& token)
{
    const auto officerPin = m_journal.officerPin(token.label);
    if (!officerPin) return tl::unexpected(officerPin.error());
    auto pin = randomPin();
    if (!pin) return tl::unexpected(pin.error());
    if (const auto made = signer.initToken(token.label, *officerPin, *pin); !made) return made;
    m_transcript.add(2, "token " + token.label + " made");
    if (token.shared) {
        m_sharedToken = &token;
        auto set = handOut("pin", *pin);
        if (!set) return tl::unexpected(set.error());
        m_pinShares = std::move(*set);
        m_progress << "token " << token.label << ": made, its PIN split among " << m_plan.holders.size()
                   << " key holders, " << m_plan.threshold << " open it\n";
        return {}; // this copy of the PIN goes here: from now on only the shares give it
    }
    const auto line = std::string(pin->revealText()) + "\n";
    if (const auto written = writeFile(m_plan.secrets / (token.label + ".pin"), line, kSecretFile); !written)
        return written;
    m_pins.emplace(token.label, std::move(*pin));
    m_progress << "token " << token.label << ": made\n";
    return {};
}

Result<ShareSet> TokenStage::handOut(const std::string& purpose, const SecretBytes& secret)
{
    const auto shares = splitSecret(secret, m_plan.holders, m_plan.threshold);
    if (!shares) return tl::unexpected(shares.error());
    auto set = describe(purpose, *shares);
    for (const auto& share : *shares) {
        if (const auto given = m_desk.handOut(set, share); !given) return tl::unexpected(given.error());
        m_transcript.add(2, "share " + std::to_string(share.index) + " (" + purpose + ") given to " + share.holder +
                                ", check value " + checkValue(share));
    }
    return set;
}

/// The key-encryption key is used only as the shares give it back, so a set that does not is noticed here.
Result<void> TokenStage::makeWrappingKey()
{
    const bool isWanted = std::any_of(m_plan.certificates.begin(), m_plan.certificates.end(),
                                      [](const auto& order) { return order.backup; });
    if (!isWanted) return {};
    Bytes bytes(32);
    if (!fillFromSystemRandom(bytes)) return fail(ErrorCode::Internal, "random", "no random bytes");
    const SecretBytes key(std::move(bytes));
    auto set = handOut("backup", key);
    if (!set) return tl::unexpected(set.error());
    m_backupShares = std::move(*set);
    m_progress << "key-encryption key: made, split as the PIN is\n";
    return {};
}

Result<void> TokenStage::takeShares()
{
    if (!m_sharedToken && !m_backupShares) return {};
    const auto present = m_desk.holdersPresent(m_pinShares ? &*m_pinShares : nullptr);
    if (!present) return tl::unexpected(present.error());
    m_transcript.setPresent(*present);
    if (m_sharedToken) {
        FileDesk earlier(m_plan, m_sharedToken->earlierSecrets);
        const bool fromFolder = m_sharedToken->isEarlier() && dynamic_cast<FileDesk*>(&m_desk);
        auto& desk = fromFolder ? static_cast<Desk&>(earlier) : m_desk;
        auto pin = take(desk, "pin", m_pinShares, *present);
        if (!pin) return tl::unexpected(pin.error());
        m_pins.emplace(m_sharedToken->label, std::move(*pin));
        m_transcript.add(2, "token " + m_sharedToken->label + " opened");
    }
    if (m_backupShares) {
        auto key = take(m_desk, "backup", m_backupShares, *present);
        if (!key) return tl::unexpected(key.error());
        m_wrappingKey = std::move(*key);
    }
    return {};
}

Result<SecretBytes> TokenStage::take(Desk& desk, const std::string& purpose, const std::optional<ShareSet>& set,
                                     const std::vector<std::string>& present)
{
    return takeSecret(desk, purpose, set ? &*set : nullptr, present, [&](const std::string& holder) {
        m_progress << "share of " << holder << ": taken\n";
        m_transcript.add(2, "share (" + purpose + ") of " + holder + " taken");
    });
}

} // namespace gateway::ceremony
