<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>BandBar</name>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>%n more</numerusform>
            <numerusform>%n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CyclePage</name>
    <message numerus="yes">
        <source>%n vehicle(s) passed</source>
        <translation>
            <numerusform>%n vehicle passed</numerusform>
            <numerusform>%n vehicles passed</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FooterBar</name>
    <message numerus="yes">
        <source>%n report(s) waiting</source>
        <translation>
            <numerusform>%n report waiting</numerusform>
            <numerusform>%n reports waiting</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>HistoryPage</name>
    <message numerus="yes">
        <source>%n run(s)</source>
        <translation>
            <numerusform>%n run</numerusform>
            <numerusform>%n runs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>OperatorText</name>
    <message numerus="yes">
        <source>Possible again in %n minute(s).</source>
        <translation>
            <numerusform>Possible again in %n minute.</numerusform>
            <numerusform>Possible again in %n minutes.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>QueueScreen</name>
    <message numerus="yes">
        <source>%n vehicle(s)</source>
        <translation>
            <numerusform>%n vehicle</numerusform>
            <numerusform>%n vehicles</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>YieldPage</name>
    <message numerus="yes">
        <source>Vehicles per %n hour(s)</source>
        <translation>
            <numerusform>Vehicles per hour</numerusform>
            <numerusform>Vehicles per %n hours</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>station::CaseModel</name>
    <message numerus="yes">
        <source>%n min</source>
        <translation>
            <numerusform>%n min</numerusform>
            <numerusform>%n min</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>station::ExportModel</name>
    <message numerus="yes">
        <source>Batch written and verified: %1, %n run(s).</source>
        <translation>
            <numerusform>Batch written and verified: %1, %n run.</numerusform>
            <numerusform>Batch written and verified: %1, %n runs.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n record(s) of the gateway.</source>
        <translation>
            <numerusform>%n record of the gateway.</numerusform>
            <numerusform>%n records of the gateway.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>station::SessionModel</name>
    <message numerus="yes">
        <source>Too many wrong PINs. Possible again in %n minute(s).</source>
        <translation>
            <numerusform>Too many wrong PINs. Possible again in %n minute.</numerusform>
            <numerusform>Too many wrong PINs. Possible again in %n minutes.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>station::StationModel</name>
    <message numerus="yes">
        <source>%n result(s) kept here, being sent.</source>
        <translation>
            <numerusform>%n result kept here, being sent.</numerusform>
            <numerusform>%n results kept here, being sent.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more vehicle(s) wait like this.</source>
        <translation>
            <numerusform>%n more vehicle waits like this.</numerusform>
            <numerusform>%n more vehicles wait like this.</numerusform>
        </translation>
    </message>
</context>
</TS>
