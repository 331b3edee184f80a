// Runs a target on every file of its corpus, on each prefix of it, and on mutations from a fixed seed, so that a
// failure comes back. Usage: TARGET CORPUS_FOLDER MUTATIONS. The input under way is in TARGET.input when it crashes.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

constexpr std::size_t kMaxInput = 65536;
constexpr std::size_t kMaxPrefixes = 512;

class Mutator
{
public:
    explicit Mutator(const std::vector<Input>& corpus) : m_corpus(corpus) {}

    Input make()
    {
        auto input = m_corpus[below(m_corpus.size())];
        for (auto count = 1 + below(4); count > 0; --count)
            change(input);
        return input;
    }

private:
    std::size_t below(std::size_t limit) { return limit == 0 ? 0 : m_random() % limit; }

    void change(Input& input)
    {
        // Values at which lengths, tags and quotes go wrong.
        constexpr std::uint8_t kEdges[] = {0x00, 0x01, 0x7F, 0x80, 0x81, 0x82, 0x84,
                                           0xFF, '"',  '\\', '%',  '\n', '{',  0x30};
        const auto at = below(input.size() + 1);
        switch (below(7)) {
        case 0:
            if (at < input.size()) input[at] ^= static_cast<std::uint8_t>(1U << below(8));
            break;
        case 1:
            if (at < input.size()) input[at] = kEdges[below(std::size(kEdges))];
            break;
        case 2:
            input.insert(input.begin() + std::ptrdiff_t(at), kEdges[below(std::size(kEdges))]);
            break;
        case 3:
            input.erase(input.begin() + std::ptrdiff_t(at),
                        input.begin() + std::ptrdiff_t(std::min(input.size(), at + below(16))));
            break;
        case 4:
            input.resize(at);
            break;
        case 5: {
            const auto& other = m_corpus[below(m_corpus.size())];
            input.resize(at);
            input.insert(input.end(), other.begin() + std::ptrdiff_t(below(other.size() + 1)), other.end());
            break;
        }
        case 6: {
            const Input piece(input.begin() + std::ptrdiff_t(at),
                              input.begin() + std::ptrdiff_t(std::min(input.size(), at + 1 + below(64))));
            for (auto count = below(40); count > 0; --count)
                input.insert(input.begin() + std::ptrdiff_t(at), piece.begin(), piece.end());
            break;
        }
        }
        if (input.size() > kMaxInput) input.resize(kMaxInput);
    }

    const std::vector<Input>& m_corpus;
    std::mt19937_64 m_random{20260101};
};

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::cerr << "usage: " << argv[0] << " CORPUS_FOLDER MUTATIONS\n";
        return 64;
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(argv[1]))
        files.push_back(entry.path());
    std::ranges::sort(files);
    std::vector<Input> corpus;
    for (const auto& file : files) {
        std::ifstream stream(file, std::ios::binary);
        corpus.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    }
    if (corpus.empty()) {
        std::cerr << "no corpus in " << argv[1] << '\n';
        return 1;
    }
    std::size_t runs = 0;
    const auto run = [&](const Input& input) {
        // A copy of exactly this size, so that a sanitizer sees the first octet beyond.
        const auto exact = std::make_unique<std::uint8_t[]>(input.size());
        std::ranges::copy(input, exact.get());
        LLVMFuzzerTestOneInput(exact.get(), input.size());
        ++runs;
    };
    for (const auto& input : corpus) {
        run(input);
        const auto step = input.size() / kMaxPrefixes + 1;
        for (std::size_t length = 0; length < input.size(); length += step)
            run({input.begin(), input.begin() + std::ptrdiff_t(length)});
    }
    Mutator mutator(corpus);
    for (long left = std::atol(argv[2]); left > 0; --left) {
        const auto input = mutator.make();
        run(input);
    }
    std::cout << corpus.size() << " files, " << runs << " inputs\n";
    return 0;
}
