#include "ceremony/pdf_document.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace gateway::ceremony {

namespace {

constexpr std::size_t kColumns = 96; // Courier 8.5 on A4 with margins of 18 mm
constexpr int kPageHeight = 842;     // points
constexpr int kLeft = 52;
constexpr int kTop = 770;
constexpr int kBottom = 50;
constexpr int kLineHeight = 11;

std::string escapeUnknown(char32_t point)
{
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "U+%04X", static_cast<unsigned>(point));
    return text.data();
}

/// UTF-8 to Latin-1, which is WinAnsiEncoding from 0xA0 on.
std::string latin1(std::string_view text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
        const auto first = static_cast<std::uint8_t>(text[i]);
        const std::size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 0;
        const auto rest = text.substr(i + 1, length == 0 ? 0 : length - 1);
        const bool isWhole = length != 0 && rest.size() == length - 1 &&
                             std::all_of(rest.begin(), rest.end(),
                                         [](char c) { return (static_cast<std::uint8_t>(c) & 0xC0U) == 0x80; });
        if (!isWhole) {
            result += '?';
            ++i;
            continue;
        }
        char32_t point = length == 1 ? first : first & (0xFFU >> (length + 1));
        for (const char next : rest)
            point = point << 6U | (static_cast<std::uint8_t>(next) & 0x3FU);
        i += length;
        const bool isPrintable = (point >= 0x20 && point < 0x7F) || (point >= 0xA0 && point <= 0xFF);
        result += isPrintable ? std::string(1, static_cast<char>(point)) : escapeUnknown(point);
    }
    return result;
}

std::string textOperand(std::string_view latin)
{
    std::string result = "(";
    for (const char character : latin) {
        if (character == '(' || character == ')' || character == '\\') result += '\\';
        result += character;
    }
    return result + ")";
}

std::string textAt(const char* font, int x, int y, std::string_view latin)
{
    return "BT " + std::string(font) + " Tf " + std::to_string(x) + " " + std::to_string(y) + " Td " +
           textOperand(latin) + " Tj ET\n";
}

} // namespace

void PdfDocument::line(std::string_view text)
{
    auto rest = latin1(text);
    while (rest.size() > kColumns) {
        auto cut = rest.rfind(' ', kColumns);
        // A hash stays in one piece; only a word that is longer than a line is cut.
        if (cut == std::string::npos || cut <= rest.find_first_not_of(' ')) cut = kColumns;
        m_lines.push_back({false, rest.substr(0, cut)});
        rest = "    " + rest.substr(rest[cut] == ' ' ? cut + 1 : cut);
    }
    m_lines.push_back({false, rest});
}

std::string PdfDocument::bytes() const
{
    std::vector<std::string> pages(1);
    int y = kTop;
    for (const auto& line : m_lines) {
        const int needed = line.heading ? 3 * kLineHeight : kLineHeight;
        if (y - needed < kBottom) {
            pages.emplace_back();
            y = kTop;
        }
        if (line.heading) y -= kLineHeight;
        if (!line.text.empty())
            pages.back() +=
                line.heading ? textAt("/F2 11", kLeft, y, latin1(line.text)) : textAt("/F1 8.5", kLeft, y, line.text);
        y -= line.heading ? kLineHeight + 4 : kLineHeight;
    }

    std::string result = "%PDF-1.4\n%\xE2\xE3\xCF\xD3\n";
    std::vector<std::size_t> offsets;
    const auto object = [&](const std::string& body) {
        offsets.push_back(result.size());
        result += std::to_string(offsets.size()) + " 0 obj\n" + body + "\nendobj\n";
    };
    constexpr int kFirstPage = 5; // after catalogue, page list and two fonts; a page and its content take two numbers
    std::string kids;
    for (std::size_t i = 0; i < pages.size(); ++i)
        kids += std::to_string(kFirstPage + 2 * static_cast<int>(i)) + " 0 R ";
    object("<< /Type /Catalog /Pages 2 0 R >>");
    object("<< /Type /Pages /Kids [" + kids + "] /Count " + std::to_string(pages.size()) + " >>");
    object("<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>");
    object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>");
    for (std::size_t i = 0; i < pages.size(); ++i) {
        const auto title =
            latin1(m_header) + "    page " + std::to_string(i + 1) + " of " + std::to_string(pages.size());
        const auto content = textAt("/F2 9", kLeft, kPageHeight - 40, title) + pages[i];
        const auto contentNumber = std::to_string(kFirstPage + 2 * static_cast<int>(i) + 1);
        object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> "
               "/Contents " +
               contentNumber + " 0 R >>");
        object("<< /Length " + std::to_string(content.size()) + " >>\nstream\n" + content + "endstream");
    }
    const auto table = result.size();
    result += "xref\n0 " + std::to_string(offsets.size() + 1) + "\n0000000000 65535 f \n";
    for (const auto offset : offsets) {
        std::array<char, 24> entry{};
        std::snprintf(entry.data(), entry.size(), "%010zu 00000 n \n", offset);
        result += entry.data();
    }
    return result + "trailer\n<< /Size " + std::to_string(offsets.size() + 1) + " /Root 1 0 R >>\nstartxref\n" +
           std::to_string(table) + "\n%%EOF\n";
}

} // namespace gateway::ceremony
