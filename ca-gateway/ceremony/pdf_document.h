#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gateway::ceremony {

/// A printable text of A4 pages (PDF 1.4, ISO 32000-1) in the standard fonts, which every reader has. Written here and
/// not by Qt Gui, so that the gateway needs neither fonts nor a graphics library: docs/decisions/ says why.
class PdfDocument final
{
public:
    /// @param header  on every page, with the page's number
    explicit PdfDocument(std::string header) : m_header(std::move(header)) {}

    /// Texts are UTF-8; what is not in Latin-1 is printed as U+ and its number. Long lines are broken.
    void heading(std::string_view text) { m_lines.push_back({true, std::string(text)}); }
    void line(std::string_view text);
    void gap() { m_lines.push_back({false, ""}); }

    [[nodiscard]] std::string bytes() const;

private:
    struct Line
    {
        bool heading;
        std::string text;
    };
    std::string m_header;
    std::vector<Line> m_lines;
};

} // namespace gateway::ceremony
