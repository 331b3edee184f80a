#pragma once

#include <filesystem>
#include <ostream>
#include <vector>

#include "contract/error.h"

namespace gateway {

struct BundleFiles
{
    std::vector<std::filesystem::path> roots; ///< files of PEM or DER, or folders of such files
    std::vector<std::filesystem::path> intermediates;
    std::vector<std::filesystem::path> crls;
    std::filesystem::path certificate; ///< the signer's chain, PEM
    std::filesystem::path key;
    std::filesystem::path bundle;
    std::filesystem::path root; ///< of the signer, to read a bundle
};

/// Signs what the files hold and writes the bundle, whole or not at all; then says what is in it.
/// @return InvalidRequest "evidence-bundle" for what a gateway would not take
[[nodiscard]] Result<void> writeBundle(const BundleFiles& files, std::ostream& out);

/// Checks a bundle as a gateway does and writes a line for each end in it: "root  2049-12-31T23:59:59Z  CN = ...".
[[nodiscard]] Result<void> showBundle(const BundleFiles& files, std::ostream& out);

} // namespace gateway
