<?xml version="1.0" encoding="utf-8"?>
<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!DOCTYPE TS>
<TS version="2.1" language="en_GB" sourcelanguage="en_GB">
    <context>
        <name>MessageBar</name>
        <message numerus="yes">
            <source>And %n more.</source>
            <translation>
                <numerusform>And %n more.</numerusform>
                <numerusform>And %n more.</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>Place</name>
        <message numerus="yes">
            <source>%1 and %n more log file(s)</source>
            <translation>
                <numerusform>%1 and %n more log file</numerusform>
                <numerusform>%1 and %n more log files</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>Ssh</name>
        <message numerus="yes">
            <source>%1 has said nothing for %n second(s)</source>
            <translation>
                <numerusform>%1 has said nothing for %n second</numerusform>
                <numerusform>%1 has said nothing for %n seconds</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>Tuning</name>
        <message numerus="yes">
            <source>So far back the archives have one row for %n hour(s): its busiest hour was busier than shown.</source>
            <translation>
                <numerusform>So far back the archives have one row for %n hour: its busiest hour was busier than shown.</numerusform>
                <numerusform>So far back the archives have one row for %n hours: its busiest hour was busier than shown.</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::Evaluations</name>
        <message numerus="yes">
            <source>Not known yet; about %n more day(s) are likely to tell.</source>
            <translation>
                <numerusform>Not known yet; about %n more day is likely to tell.</numerusform>
                <numerusform>Not known yet; about %n more days are likely to tell.</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::GreylistPage</name>
        <message numerus="yes">
            <source>%n hour(s)</source>
            <translation>
                <numerusform>%n hour</numerusform>
                <numerusform>%n hours</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n day(s)</source>
            <translation>
                <numerusform>%n day</numerusform>
                <numerusform>%n days</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>&amp;Recommended: %n minute(s)</source>
            <translation>
                <numerusform>&amp;Recommended: %n minute</numerusform>
                <numerusform>&amp;Recommended: %n minutes</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n minute(s): %1 of the deferred never pass, the others wait %2</source>
            <translation>
                <numerusform>%n minute: %1 of the deferred never pass, the others wait %2</numerusform>
                <numerusform>%n minutes: %1 of the deferred never pass, the others wait %2</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::LogSource</name>
        <message numerus="yes">
            <source>Reading %n log file(s) …</source>
            <translation>
                <numerusform>Reading %n log file …</numerusform>
                <numerusform>Reading %n log files …</numerusform>
            </translation>
        </message>
    </context>
</TS>
