#pragma once

#include <map>
#include <stdexcept>
#include <string>

#include <QDir>
#include <QFile>

#include "contract/bytes.h"

namespace test {

/// The fields of a file of tests/vectors/evidence; all but Name and Source are hex.
using Vector = std::map<std::string, std::string>;

inline Vector readVector(const QString& file)
{
    QFile stream(file);
    if (!stream.open(QIODevice::ReadOnly)) throw std::runtime_error("cannot read " + file.toStdString());
    Vector vector;
    for (const auto& line : stream.readAll().split('\n')) {
        const auto equals = line.indexOf(" = ");
        if (equals > 0) vector[line.left(equals).toStdString()] = line.mid(equals + 3).trimmed().toStdString();
    }
    return vector;
}

inline gateway::Bytes octets(const Vector& vector, const std::string& field)
{
    return gateway::parseHex(vector.at(field)).value();
}

inline QFileInfoList vectorFiles()
{
    return QDir(QStringLiteral(V2C_SOURCE_DIR "/tests/vectors/evidence")).entryInfoList({QStringLiteral("*.vec")});
}

} // namespace test
