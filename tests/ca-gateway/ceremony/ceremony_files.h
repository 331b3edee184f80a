#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>
#include <sys/types.h>

#include "ceremony/ceremony.h"
#include "support/softhsm_token.h"

namespace gateway::test {

/// A SoftHSM of its own, and ceremony files whose folders lie beside it.
class CeremonyFiles final
{
public:
    [[nodiscard]] const std::filesystem::path& folder() const { return m_hsm.path(); }
    [[nodiscard]] std::filesystem::path output() const { return folder() / "pki"; }
    [[nodiscard]] std::filesystem::path secrets() const { return folder() / "secrets"; }
    [[nodiscard]] std::filesystem::path renewed() const { return folder() / "pki-2"; }

    /// The shipped file, with the folders of this test.
    [[nodiscard]] nlohmann::json demo() const;
    /// A root with an elliptic key, which is quick, and one station certificate directly below it.
    [[nodiscard]] nlohmann::json smallPlan() const;
    /// A new intermediate, and an issuing CA under it, by the root of smallPlan(); output in renewed().
    [[nodiscard]] nlohmann::json renewalPlan() const;

    /// A new CRL of the intermediate of renewalPlan(), with the root in its safe; output in "pki-crl".
    [[nodiscard]] nlohmann::json listPlan() const;

    /// @return the ceremony file, always the same
    std::filesystem::path write(const nlohmann::json& plan) const;

private:
    SoftHsmFolder m_hsm;
};

/// Holds a ceremony that asks nobody.
Result<void> hold(const std::filesystem::path& file, std::ostream& progress, const CeremonyOptions& options = {});

/// "type: detail" of a refusal, empty when there is none.
[[nodiscard]] std::string faultOf(const Result<void>& done);

/// @return exit status and both outputs
std::pair<int, std::string> runProgram(const std::string& program, const std::vector<std::string>& arguments);

[[nodiscard]] std::string contentOf(const std::filesystem::path& file);
[[nodiscard]] mode_t modeOf(const std::filesystem::path& file);
[[nodiscard]] bool has(const std::string& text, const std::string& part);

} // namespace gateway::test
