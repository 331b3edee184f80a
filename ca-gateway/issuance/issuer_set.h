#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "issuance/signer.h"
#include "pki/certificate.h"

namespace gateway {

/// An issuing CA and the way to its key.
struct IssuingCa
{
    pki::Issuer issuer;
    Signer& signer; ///< its deadline is how long a request waits before the next CA is asked
};

/// The issuing CAs in order of preference, and which of them signs at the moment: a circuit breaker for each. One
/// failure takes a CA out. Once its signer answers probe() again, a single request is the trial; when that one is
/// signed, the CA is back. Makes no threads and signs nothing itself. Thread-safe.
class IssuerSet final
{
public:
    using SteadyClock = std::function<std::chrono::steady_clock::time_point()>;

    static constexpr std::chrono::milliseconds kFirstPause{1000}; ///< from a failure to the earliest trial
    static constexpr std::chrono::milliseconds kLongestPause{30000};

    /// @param authorities  at least one; the preferred one first
    explicit IssuerSet(std::vector<IssuingCa> authorities, SteadyClock clock = std::chrono::steady_clock::now);

    /// A request's right to use a CA. Whoever holds one says how it went; a trial that says nothing is given back.
    class Turn final
    {
    public:
        Turn(Turn&& other) noexcept;
        Turn& operator=(Turn&& other) noexcept;
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn();

        [[nodiscard]] const IssuingCa& authority() const;
        void succeeded();
        void failed(const Error& cause);

    private:
        friend class IssuerSet;
        Turn(IssuerSet& set, std::size_t index, bool isTrial) : m_set(&set), m_index(index), m_isTrial(isTrial) {}

        IssuerSet* m_set; ///< null once moved from
        std::size_t m_index;
        bool m_isTrial;
    };

    /// For a new request: the first CA that signs; when none does, the preferred one.
    [[nodiscard]] Turn choose();
    /// For a request that is stored for this CA: that one if it signs, else the first that does, else that one.
    /// @param issuer  the issuer's subject as pki::Certificate::subjectText() prints it
    /// @return nothing when no CA of this set has the name
    [[nodiscard]] std::optional<Turn> chooseFor(const std::string& issuer);
    /// After a failure: the first CA that signs.
    [[nodiscard]] std::optional<Turn> chooseInstead(const IssuingCa& failed);

    /// @return null for a CA that is not in this set
    [[nodiscard]] const IssuingCa* find(const std::string& issuer) const;
    [[nodiscard]] const std::vector<IssuingCa>& authorities() const { return m_authorities; }

    /// Asks a CA's signer for a sign of life; to be called twice a second for each. A failure takes the CA out before a
    /// request has to find out.
    /// @return what the signer says
    [[nodiscard]] Result<void> probe(std::size_t index);

    struct Standing
    {
        std::string keyLabel;
        std::optional<Error> fault; ///< "signer-not-probed" before the first probe
        bool isInUse = false;       ///< signs new requests at the moment
    };
    [[nodiscard]] std::vector<Standing> standings() const;

private:
    enum class State { Working, Failed, AwaitingTrial, InTrial };

    struct Breaker
    {
        State state = State::Working;
        std::optional<Error> fault;
        std::chrono::milliseconds pause = kFirstPause;
        std::chrono::steady_clock::time_point trialFrom{};
    };

    [[nodiscard]] std::optional<Turn> take(std::size_t index);
    [[nodiscard]] std::optional<Turn> takeFirst();
    void noteSuccess(std::size_t index);
    void noteFailure(std::size_t index, const Error& cause, bool wasTrial);
    void giveBackTrial(std::size_t index);

    std::vector<IssuingCa> m_authorities;
    std::vector<std::string> m_subjects;
    SteadyClock m_clock;
    mutable std::mutex m_mutex;
    std::vector<Breaker> m_breakers; ///< guarded by m_mutex
};

} // namespace gateway
