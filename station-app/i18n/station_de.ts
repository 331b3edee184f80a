<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>BandBar</name>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>%n weitere</numerusform>
            <numerusform>%n weitere</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>BottomRow</name>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Nochmals versuchen</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>Enter</translation>
    </message>
    <message>
        <source>Whom to call</source>
        <translation>Wen rufen</translation>
    </message>
    <message>
        <source>Call</source>
        <translation>Rufen</translation>
    </message>
    <message>
        <source>Print</source>
        <translation>Drucken</translation>
    </message>
</context>
<context>
    <name>CaseDetail</name>
    <message>
        <source>What likely helps</source>
        <translation>Was wahrscheinlich hilft</translation>
    </message>
    <message>
        <source>On the wire, newest last</source>
        <translation>Auf der Leitung, Neuestes zuletzt</translation>
    </message>
    <message>
        <source>Nothing was said: the unit was not reached.</source>
        <translation>Nichts gesagt: das Gerät wurde nicht erreicht.</translation>
    </message>
    <message>
        <source>Waiting %1</source>
        <translation>Wartet %1</translation>
    </message>
    <message>
        <source>taken by %1</source>
        <translation>übernommen von %1</translation>
    </message>
    <message>
        <source>nobody has taken it</source>
        <translation>noch niemand hat ihn</translation>
    </message>
    <message>
        <source>Take over</source>
        <translation>Übernehmen</translation>
    </message>
    <message>
        <source>Done …</source>
        <translation>Erledigt …</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
</context>
<context>
    <name>Cause</name>
    <message>
        <source>The telematics unit does not answer.</source>
        <translation>Das Telematikgerät antwortet nicht.</translation>
    </message>
    <message>
        <source>Check the plug and the ignition. Press Enter to try again.</source>
        <translation>Stecker und Zündung prüfen. Mit Enter nochmals versuchen.</translation>
    </message>
    <message>
        <source>Plug, cable and adapter: try those of the next slot.</source>
        <translation>Stecker, Kabel und Adapter: die des Nachbarplatzes probieren.</translation>
    </message>
    <message>
        <source>Ignition and supply of the unit: it needs 9 to 16 volts.</source>
        <translation>Zündung und Versorgung des Geräts: es braucht 9 bis 16 Volt.</translation>
    </message>
    <message>
        <source>The identifiers of the slot in the configuration.</source>
        <translation>Die Kennungen des Platzes in der Konfiguration.</translation>
    </message>
    <message>
        <source>The telematics unit is busy with something else.</source>
        <translation>Das Telematikgerät ist mit etwas anderem beschäftigt.</translation>
    </message>
    <message>
        <source>Wait a minute, then press Enter to try again.</source>
        <translation>Eine Minute warten, dann mit Enter nochmals versuchen.</translation>
    </message>
    <message>
        <source>Another tester may be connected to the vehicle.</source>
        <translation>Vielleicht ist ein anderer Tester am Fahrzeug.</translation>
    </message>
    <message>
        <source>Switch the ignition off and on.</source>
        <translation>Zündung aus- und einschalten.</translation>
    </message>
    <message>
        <source>The supply voltage of the telematics unit is out of range.</source>
        <translation>Die Versorgungsspannung des Telematikgeräts ist außerhalb des Bereichs.</translation>
    </message>
    <message>
        <source>Connect the charger. Press Enter to try again.</source>
        <translation>Ladegerät anschließen. Mit Enter nochmals versuchen.</translation>
    </message>
    <message>
        <source>Measure the battery: the unit wants 9 to 16 volts.</source>
        <translation>Batterie messen: das Gerät will 9 bis 16 Volt.</translation>
    </message>
    <message>
        <source>Check the ground connection of the unit.</source>
        <translation>Masseverbindung des Geräts prüfen.</translation>
    </message>
    <message>
        <source>The connection to the telematics unit was lost during the work.</source>
        <translation>Die Verbindung zum Telematikgerät ging während der Arbeit verloren.</translation>
    </message>
    <message>
        <source>Plug and cable: a loose contact.</source>
        <translation>Stecker und Kabel: Wackelkontakt.</translation>
    </message>
    <message>
        <source>Another tester on the same bus ends the session.</source>
        <translation>Ein anderer Tester am selben Bus beendet die Sitzung.</translation>
    </message>
    <message>
        <source>Reject this telematics unit. Replace it, then scan the vehicle again.</source>
        <translation>Dieses Telematikgerät aussondern. Ersetzen, dann das Fahrzeug erneut scannen.</translation>
    </message>
    <message>
        <source>Read the negative response in the transcript: it names the reason.</source>
        <translation>Die negative Antwort im Mitschnitt lesen: sie nennt den Grund.</translation>
    </message>
    <message>
        <source>Wrong software on the unit: compare its version with the work order.</source>
        <translation>Falsche Software im Gerät: Version mit dem Auftrag vergleichen.</translation>
    </message>
    <message>
        <source>Replace the unit.</source>
        <translation>Gerät ersetzen.</translation>
    </message>
    <message>
        <source>The telematics unit gives an answer that makes no sense.</source>
        <translation>Das Telematikgerät gibt eine unsinnige Antwort.</translation>
    </message>
    <message>
        <source>Wrong software on the unit.</source>
        <translation>Falsche Software im Gerät.</translation>
    </message>
    <message>
        <source>Two units on one identifier: disconnect the other one.</source>
        <translation>Zwei Geräte auf einer Kennung: das andere abstecken.</translation>
    </message>
    <message>
        <source>The telematics unit did not accept its certificate.</source>
        <translation>Das Telematikgerät hat sein Zertifikat nicht angenommen.</translation>
    </message>
    <message>
        <source>Clock of the unit: it may take the certificate for not yet valid.</source>
        <translation>Uhr des Geräts: es hält das Zertifikat vielleicht für noch nicht gültig.</translation>
    </message>
    <message>
        <source>Wrong root certificate in the unit&apos;s software.</source>
        <translation>Falsches Wurzelzertifikat in der Software des Geräts.</translation>
    </message>
    <message>
        <source>Another telematics unit took the place of the one before.</source>
        <translation>Ein anderes Telematikgerät ist an die Stelle des vorigen getreten.</translation>
    </message>
    <message>
        <source>Scan the vehicle again.</source>
        <translation>Das Fahrzeug erneut scannen.</translation>
    </message>
    <message>
        <source>The certificate of the first unit is revoked by itself.</source>
        <translation>Das Zertifikat des ersten Geräts wird von selbst gesperrt.</translation>
    </message>
    <message>
        <source>The telematics unit has no serial number.</source>
        <translation>Das Telematikgerät hat keine Seriennummer.</translation>
    </message>
    <message>
        <source>The unit was not finished by its maker: send it back.</source>
        <translation>Das Gerät wurde vom Hersteller nicht fertiggestellt: zurücksenden.</translation>
    </message>
    <message>
        <source>The bus adapter of this station does not work.</source>
        <translation>Der Busadapter dieser Station arbeitet nicht.</translation>
    </message>
    <message>
        <source>Check the plug of the adapter. Press Enter to try again.</source>
        <translation>Stecker des Adapters prüfen. Mit Enter nochmals versuchen.</translation>
    </message>
    <message>
        <source>The adapter: unplug it and plug it in again.</source>
        <translation>Adapter ab- und wieder anstecken.</translation>
    </message>
    <message>
        <source>Is the interface up? The self-test tells.</source>
        <translation>Ist die Schnittstelle aktiv? Der Selbsttest sagt es.</translation>
    </message>
    <message>
        <source>The bus in the configuration of the slot.</source>
        <translation>Der Bus in der Konfiguration des Platzes.</translation>
    </message>
    <message>
        <source>The label that was scanned and the connected vehicle do not belong together.</source>
        <translation>Das gescannte Etikett und das angeschlossene Fahrzeug gehören nicht zusammen.</translation>
    </message>
    <message>
        <source>Check label and plug, then scan the label of the connected vehicle.</source>
        <translation>Etikett und Stecker prüfen, dann das Etikett des angeschlossenen Fahrzeugs scannen.</translation>
    </message>
    <message>
        <source>The cable is in the neighbouring vehicle.</source>
        <translation>Das Kabel steckt im Nachbarfahrzeug.</translation>
    </message>
    <message>
        <source>The label is on the wrong vehicle.</source>
        <translation>Das Etikett ist am falschen Fahrzeug.</translation>
    </message>
    <message>
        <source>The unit comes from another vehicle: its VIN must be written anew.</source>
        <translation>Das Gerät stammt aus einem anderen Fahrzeug: seine VIN muss neu geschrieben werden.</translation>
    </message>
    <message>
        <source>The connected vehicle has no VIN yet. It must be written before.</source>
        <translation>Das angeschlossene Fahrzeug hat noch keine VIN. Sie muss vorher geschrieben werden.</translation>
    </message>
    <message>
        <source>Send the vehicle back to the station that writes the VIN.</source>
        <translation>Das Fahrzeug zurück zur Station schicken, die die VIN schreibt.</translation>
    </message>
    <message>
        <source>The station before was left out or failed.</source>
        <translation>Die Station davor wurde ausgelassen oder ist gescheitert.</translation>
    </message>
    <message>
        <source>The check digit of the VIN, character 9, does not fit.</source>
        <translation>Die Prüfziffer der VIN, Zeichen 9, passt nicht.</translation>
    </message>
    <message>
        <source>Scan the label again. If it stays so, the label is misprinted.</source>
        <translation>Das Etikett nochmals scannen. Bleibt es so, ist es falsch gedruckt.</translation>
    </message>
    <message>
        <source>Print the label anew.</source>
        <translation>Etikett neu drucken.</translation>
    </message>
    <message>
        <source>A maker without check digits: set its rule in the configuration.</source>
        <translation>Ein Hersteller ohne Prüfziffern: seine Regel in der Konfiguration setzen.</translation>
    </message>
    <message>
        <source>This line does not build vehicles whose VIN begins like this.</source>
        <translation>Diese Linie baut keine Fahrzeuge, deren VIN so beginnt.</translation>
    </message>
    <message>
        <source>Scan the label of the vehicle, not another code.</source>
        <translation>Das Etikett des Fahrzeugs scannen, keinen anderen Code.</translation>
    </message>
    <message>
        <source>A new maker: add it to the accepted makers in the configuration.</source>
        <translation>Ein neuer Hersteller: in der Konfiguration zu den zugelassenen hinzufügen.</translation>
    </message>
    <message>
        <source>The security chip of the telematics unit has no certificate of its maker.</source>
        <translation>Der Sicherheitschip des Telematikgeräts hat kein Zertifikat seines Herstellers.</translation>
    </message>
    <message>
        <source>Reject this telematics unit and keep it apart for a technician. Do not try it again.</source>
        <translation>Dieses Telematikgerät aussondern und für einen Techniker beiseitelegen. Nicht nochmals versuchen.</translation>
    </message>
    <message>
        <source>The chip was not finished by its maker.</source>
        <translation>Der Chip wurde vom Hersteller nicht fertiggestellt.</translation>
    </message>
    <message>
        <source>A counterfeit unit: keep it for the security team.</source>
        <translation>Ein gefälschtes Gerät: für das Sicherheitsteam aufheben.</translation>
    </message>
    <message>
        <source>The telematics unit could not prove that its key is inside a genuine security chip.</source>
        <translation>Das Telematikgerät konnte nicht beweisen, dass sein Schlüssel in einem echten Sicherheitschip liegt.</translation>
    </message>
    <message>
        <source>Software of the unit: it knows the command and gives nothing back.</source>
        <translation>Software des Geräts: es kennt den Befehl und gibt nichts zurück.</translation>
    </message>
    <message>
        <source>Keep the unit for the security team.</source>
        <translation>Gerät für das Sicherheitsteam aufheben.</translation>
    </message>
    <message>
        <source>The security chip of the telematics unit is not from a maker that the plant trusts.</source>
        <translation>Der Sicherheitschip des Telematikgeräts ist von keinem Hersteller, dem das Werk vertraut.</translation>
    </message>
    <message>
        <source>A new chip maker: the service&apos;s bundle of trusted makers must know it.</source>
        <translation>Ein neuer Chiphersteller: die Herstellerliste des Dienstes muss ihn kennen.</translation>
    </message>
    <message>
        <source>A counterfeit chip: keep the unit for the security team.</source>
        <translation>Ein gefälschter Chip: Gerät für das Sicherheitsteam aufheben.</translation>
    </message>
    <message>
        <source>The maker&apos;s certificate of the security chip has expired.</source>
        <translation>Das Herstellerzertifikat des Sicherheitschips ist abgelaufen.</translation>
    </message>
    <message>
        <source>An old unit from the store: send it back to its maker.</source>
        <translation>Ein altes Gerät aus dem Lager: an den Hersteller zurücksenden.</translation>
    </message>
    <message>
        <source>The maker of the security chip has withdrawn its certificate.</source>
        <translation>Der Hersteller des Sicherheitschips hat dessen Zertifikat zurückgezogen.</translation>
    </message>
    <message>
        <source>Keep the unit for the security team: the maker does not vouch for it any more.</source>
        <translation>Gerät für das Sicherheitsteam aufheben: der Hersteller bürgt nicht mehr dafür.</translation>
    </message>
    <message>
        <source>Software of the unit: it made its attestation key with wrong properties.</source>
        <translation>Software des Geräts: sein Attestierungsschlüssel hat falsche Eigenschaften.</translation>
    </message>
    <message>
        <source>The evidence was changed on its way, or is forged: keep the unit for the security team.</source>
        <translation>Der Nachweis wurde unterwegs verändert oder ist gefälscht: Gerät für das Sicherheitsteam aufheben.</translation>
    </message>
    <message>
        <source>The telematics unit gave a proof from an earlier occasion.</source>
        <translation>Das Telematikgerät gab einen Nachweis von früher.</translation>
    </message>
    <message>
        <source>Forged evidence: keep the unit for the security team.</source>
        <translation>Gefälschter Nachweis: Gerät für das Sicherheitsteam aufheben.</translation>
    </message>
    <message>
        <source>The security chip that answers is not the one that the unit names.</source>
        <translation>Der antwortende Sicherheitschip ist nicht der, den das Gerät nennt.</translation>
    </message>
    <message>
        <source>A relayed or copied chip: keep the unit for the security team.</source>
        <translation>Ein weitergeleiteter oder kopierter Chip: Gerät für das Sicherheitsteam aufheben.</translation>
    </message>
    <message>
        <source>The telematics unit proved another key than the one it uses.</source>
        <translation>Das Telematikgerät hat einen anderen Schlüssel nachgewiesen, als es benutzt.</translation>
    </message>
    <message>
        <source>Software of the unit.</source>
        <translation>Software des Geräts.</translation>
    </message>
    <message>
        <source>The key of the telematics unit is not inside its security chip.</source>
        <translation>Der Schlüssel des Telematikgeräts liegt nicht in seinem Sicherheitschip.</translation>
    </message>
    <message>
        <source>Software of the unit makes keys outside the chip.</source>
        <translation>Die Software des Geräts erzeugt Schlüssel außerhalb des Chips.</translation>
    </message>
    <message>
        <source>The key of the telematics unit could be copied out of its security chip.</source>
        <translation>Der Schlüssel des Telematikgeräts ließe sich aus dem Sicherheitschip kopieren.</translation>
    </message>
    <message>
        <source>Software of the unit makes its key with wrong properties.</source>
        <translation>Die Software des Geräts erzeugt ihren Schlüssel mit falschen Eigenschaften.</translation>
    </message>
    <message>
        <source>The telematics unit could not create a valid key.</source>
        <translation>Das Telematikgerät konnte keinen gültigen Schlüssel erzeugen.</translation>
    </message>
    <message>
        <source>Faulty security chip: replace the unit.</source>
        <translation>Defekter Sicherheitschip: Gerät ersetzen.</translation>
    </message>
    <message>
        <source>The telematics unit asked for a certificate in another name.</source>
        <translation>Das Telematikgerät verlangte ein Zertifikat auf anderen Namen.</translation>
    </message>
    <message>
        <source>The identity secrets of station and service differ: compare them before replacing units.</source>
        <translation>Die Identitätsgeheimnisse von Station und Dienst weichen ab: vor dem Tausch von Geräten vergleichen.</translation>
    </message>
    <message>
        <source>The telematics unit asked for rights that a vehicle must not have.</source>
        <translation>Das Telematikgerät verlangte Rechte, die ein Fahrzeug nicht haben darf.</translation>
    </message>
    <message>
        <source>The telematics unit made a key of the wrong kind.</source>
        <translation>Das Telematikgerät hat einen Schlüssel falscher Art erzeugt.</translation>
    </message>
    <message>
        <source>The key of the telematics unit is publicly known.</source>
        <translation>Der Schlüssel des Telematikgeräts ist öffentlich bekannt.</translation>
    </message>
    <message>
        <source>Test software or a test key on the unit: keep it for the security team.</source>
        <translation>Testsoftware oder Testschlüssel im Gerät: für das Sicherheitsteam aufheben.</translation>
    </message>
    <message>
        <source>The key of the telematics unit was revoked once.</source>
        <translation>Der Schlüssel des Telematikgeräts wurde schon einmal gesperrt.</translation>
    </message>
    <message>
        <source>A unit from a repair or a scrapped vehicle: it must make a new key.</source>
        <translation>Ein Gerät aus Reparatur oder Schrottfahrzeug: es muss einen neuen Schlüssel erzeugen.</translation>
    </message>
    <message>
        <source>The key of this telematics unit has been seen in another vehicle. Both are held.</source>
        <translation>Der Schlüssel dieses Telematikgeräts wurde in einem anderen Fahrzeug gesehen. Beide sind gesperrt.</translation>
    </message>
    <message>
        <source>Hold the vehicle. Keep this telematics unit apart for a technician. Do not try it again.</source>
        <translation>Fahrzeug anhalten. Dieses Telematikgerät für einen Techniker beiseitelegen. Nicht nochmals versuchen.</translation>
    </message>
    <message>
        <source>A cloned unit: inform the security team, both vehicles are in quarantine.</source>
        <translation>Ein geklontes Gerät: Sicherheitsteam informieren, beide Fahrzeuge sind in Quarantäne.</translation>
    </message>
    <message>
        <source>After the inquiry the service releases the entry.</source>
        <translation>Nach der Untersuchung gibt der Dienst den Eintrag frei.</translation>
    </message>
    <message>
        <source>The security chip of this telematics unit has been seen in another unit or vehicle. Both are held.</source>
        <translation>Der Sicherheitschip dieses Telematikgeräts wurde in einem anderen Gerät oder Fahrzeug gesehen. Beide sind gesperrt.</translation>
    </message>
    <message>
        <source>A used unit whose old vehicle was not signed off: swap it with the old certificate revoked.</source>
        <translation>Ein gebrauchtes Gerät, dessen altes Fahrzeug nicht abgemeldet ist: Tausch mit Sperrung des alten Zertifikats.</translation>
    </message>
    <message>
        <source>A cloned unit: inform the security team.</source>
        <translation>Ein geklontes Gerät: Sicherheitsteam informieren.</translation>
    </message>
    <message>
        <source>The key of this telematics unit was used for another request.</source>
        <translation>Der Schlüssel dieses Telematikgeräts wurde für eine andere Anfrage benutzt.</translation>
    </message>
    <message>
        <source>The unit did not make a new key: let it forget the old one.</source>
        <translation>Das Gerät hat keinen neuen Schlüssel erzeugt: den alten löschen lassen.</translation>
    </message>
    <message>
        <source>This vehicle already has a valid certificate. Nothing was changed.</source>
        <translation>Dieses Fahrzeug hat schon ein gültiges Zertifikat. Nichts wurde geändert.</translation>
    </message>
    <message>
        <source>Hold the vehicle and ask before it goes on.</source>
        <translation>Fahrzeug anhalten und nachfragen, bevor es weitergeht.</translation>
    </message>
    <message>
        <source>A repaired vehicle with a new unit: use the unit swap, which revokes the old certificate.</source>
        <translation>Ein repariertes Fahrzeug mit neuem Gerät: den Gerätetausch benutzen, er sperrt das alte Zertifikat.</translation>
    </message>
    <message>
        <source>The vehicle was done at another station: look at the history.</source>
        <translation>Das Fahrzeug wurde an einer anderen Station fertig: Verlauf ansehen.</translation>
    </message>
    <message>
        <source>The old telematics unit of this vehicle was replaced before.</source>
        <translation>Das alte Telematikgerät dieses Fahrzeugs wurde schon ersetzt.</translation>
    </message>
    <message>
        <source>Look at the history of the vehicle before the next swap.</source>
        <translation>Vor dem nächsten Tausch den Verlauf des Fahrzeugs ansehen.</translation>
    </message>
    <message>
        <source>The certificate service knows this job with other contents.</source>
        <translation>Der Zertifikatsdienst kennt diesen Auftrag mit anderem Inhalt.</translation>
    </message>
    <message>
        <source>Hold the vehicle. Do not scan again.</source>
        <translation>Fahrzeug anhalten. Nicht erneut scannen.</translation>
    </message>
    <message>
        <source>Another unit was connected in the middle of the job.</source>
        <translation>Mitten im Auftrag wurde ein anderes Gerät angeschlossen.</translation>
    </message>
    <message>
        <source>Close the case, then scan again: a new job begins.</source>
        <translation>Fall schließen, dann erneut scannen: ein neuer Auftrag beginnt.</translation>
    </message>
    <message>
        <source>The certificate service has given this job to another authority.</source>
        <translation>Der Zertifikatsdienst hat diesen Auftrag einer anderen Stelle gegeben.</translation>
    </message>
    <message>
        <source>It passes by itself at the next scan.</source>
        <translation>Beim nächsten Scan vergeht es von selbst.</translation>
    </message>
    <message>
        <source>The certificate service has given up this job.</source>
        <translation>Der Zertifikatsdienst hat diesen Auftrag aufgegeben.</translation>
    </message>
    <message>
        <source>The rules of the certificate service changed during the job.</source>
        <translation>Die Regeln des Zertifikatsdienstes haben sich während des Auftrags geändert.</translation>
    </message>
    <message>
        <source>The certificate of this vehicle was revoked during the job.</source>
        <translation>Das Zertifikat dieses Fahrzeugs wurde während des Auftrags gesperrt.</translation>
    </message>
    <message>
        <source>Ask who revoked it, and why, before a new one is issued.</source>
        <translation>Vor einem neuen klären, wer es warum gesperrt hat.</translation>
    </message>
    <message>
        <source>This vehicle is on record under another identity.</source>
        <translation>Dieses Fahrzeug ist unter anderer Kennung verzeichnet.</translation>
    </message>
    <message>
        <source>Hold the vehicle. This station needs a technician.</source>
        <translation>Fahrzeug anhalten. Diese Station braucht einen Techniker.</translation>
    </message>
    <message>
        <source>The device id salt of this station or of the service was changed: compare the identity secrets.</source>
        <translation>Das Salz der Gerätekennung dieser Station oder des Dienstes wurde geändert: Identitätsgeheimnisse vergleichen.</translation>
    </message>
    <message>
        <source>The certificate service has reached its limit for this hour.</source>
        <translation>Der Zertifikatsdienst hat sein Limit für diese Stunde erreicht.</translation>
    </message>
    <message>
        <source>Hold the vehicle and scan it again after that time.</source>
        <translation>Fahrzeug anhalten und nach dieser Zeit erneut scannen.</translation>
    </message>
    <message>
        <source>More vehicles than planned, or a station that repeats itself: look at the history.</source>
        <translation>Mehr Fahrzeuge als geplant, oder eine Station wiederholt sich: Verlauf ansehen.</translation>
    </message>
    <message>
        <source>This telematics unit got a certificate today. One per day is allowed.</source>
        <translation>Dieses Telematikgerät hat heute schon ein Zertifikat bekommen. Eines am Tag ist erlaubt.</translation>
    </message>
    <message>
        <source>Hold the vehicle. A technician can allow another certificate.</source>
        <translation>Fahrzeug anhalten. Ein Techniker kann ein weiteres Zertifikat erlauben.</translation>
    </message>
    <message>
        <source>Find out why the first certificate was not enough.</source>
        <translation>Klären, warum das erste Zertifikat nicht genügte.</translation>
    </message>
    <message>
        <source>An override needs a reason and a second person.</source>
        <translation>Eine Ausnahme braucht einen Grund und eine zweite Person.</translation>
    </message>
    <message>
        <source>The same security chip under another serial number: keep the unit for the security team.</source>
        <translation>Derselbe Sicherheitschip unter anderer Seriennummer: Gerät für das Sicherheitsteam aufheben.</translation>
    </message>
    <message>
        <source>The certificate that came is not for this vehicle. It was not installed.</source>
        <translation>Das erhaltene Zertifikat ist nicht für dieses Fahrzeug. Es wurde nicht installiert.</translation>
    </message>
    <message>
        <source>The identity secrets of station and service differ.</source>
        <translation>Die Identitätsgeheimnisse von Station und Dienst weichen ab.</translation>
    </message>
    <message>
        <source>The certificate is revoked by itself.</source>
        <translation>Das Zertifikat wird von selbst gesperrt.</translation>
    </message>
    <message>
        <source>The service mixed up two requests: report it.</source>
        <translation>Der Dienst hat zwei Anfragen verwechselt: melden.</translation>
    </message>
    <message>
        <source>The certificate that came does not lead to the root that this station trusts.</source>
        <translation>Das erhaltene Zertifikat führt nicht zur Wurzel, der diese Station vertraut.</translation>
    </message>
    <message>
        <source>The root certificate in the configuration.</source>
        <translation>Das Wurzelzertifikat in der Konfiguration.</translation>
    </message>
    <message>
        <source>The clock of the station.</source>
        <translation>Die Uhr der Station.</translation>
    </message>
    <message>
        <source>A new root: all stations need it.</source>
        <translation>Eine neue Wurzel: alle Stationen brauchen sie.</translation>
    </message>
    <message>
        <source>The certificate that came is not one for vehicles. It was not installed.</source>
        <translation>Das erhaltene Zertifikat ist keines für Fahrzeuge. Es wurde nicht installiert.</translation>
    </message>
    <message>
        <source>Report it to the security team at once.</source>
        <translation>Sofort dem Sicherheitsteam melden.</translation>
    </message>
    <message>
        <source>The certificate that came cannot be read.</source>
        <translation>Das erhaltene Zertifikat ist nicht lesbar.</translation>
    </message>
    <message>
        <source>Versions of station and service do not fit.</source>
        <translation>Die Versionen von Station und Dienst passen nicht zusammen.</translation>
    </message>
    <message>
        <source>The telematics unit does not hold the certificate that was installed.</source>
        <translation>Das Telematikgerät enthält nicht das installierte Zertifikat.</translation>
    </message>
    <message>
        <source>Faulty memory of the unit: replace it.</source>
        <translation>Defekter Speicher des Geräts: ersetzen.</translation>
    </message>
    <message>
        <source>The telematics unit does not use the key that its certificate belongs to.</source>
        <translation>Das Telematikgerät benutzt nicht den Schlüssel zu seinem Zertifikat.</translation>
    </message>
    <message>
        <source>The certificate service cannot be reached.</source>
        <translation>Der Zertifikatsdienst ist nicht erreichbar.</translation>
    </message>
    <message>
        <source>Hold the vehicle and leave it connected. Press Enter to try again.</source>
        <translation>Fahrzeug anhalten und angeschlossen lassen. Mit Enter nochmals versuchen.</translation>
    </message>
    <message>
        <source>Network cable and switch of this station.</source>
        <translation>Netzwerkkabel und Switch dieser Station.</translation>
    </message>
    <message>
        <source>The addresses of the service in the configuration.</source>
        <translation>Die Adressen des Dienstes in der Konfiguration.</translation>
    </message>
    <message>
        <source>Ask the data centre whether the service is up.</source>
        <translation>Das Rechenzentrum fragen, ob der Dienst läuft.</translation>
    </message>
    <message>
        <source>The certificate service did not answer in time.</source>
        <translation>Der Zertifikatsdienst hat nicht rechtzeitig geantwortet.</translation>
    </message>
    <message>
        <source>Slow network or an overloaded service.</source>
        <translation>Langsames Netz oder überlasteter Dienst.</translation>
    </message>
    <message>
        <source>The next scan asks for the same certificate: nothing is issued twice.</source>
        <translation>Der nächste Scan fragt nach demselben Zertifikat: nichts wird doppelt ausgestellt.</translation>
    </message>
    <message>
        <source>The certificate service cannot be reached or cannot sign.</source>
        <translation>Der Zertifikatsdienst ist nicht erreichbar oder kann nicht signieren.</translation>
    </message>
    <message>
        <source>The signing device or the database of the service is down: its health page tells.</source>
        <translation>Signiergerät oder Datenbank des Dienstes ist ausgefallen: seine Zustandsseite sagt es.</translation>
    </message>
    <message>
        <source>The certificate service has a fault of its own.</source>
        <translation>Der Zertifikatsdienst hat selbst einen Fehler.</translation>
    </message>
    <message>
        <source>Send the job number to the people who run the service.</source>
        <translation>Die Auftragsnummer an die Betreiber des Dienstes geben.</translation>
    </message>
    <message>
        <source>The certificate service gave an answer that cannot be read.</source>
        <translation>Der Zertifikatsdienst gab eine unlesbare Antwort.</translation>
    </message>
    <message>
        <source>The certificate service does not accept this station.</source>
        <translation>Der Zertifikatsdienst lässt diese Station nicht zu.</translation>
    </message>
    <message>
        <source>The station&apos;s certificate has expired or was revoked.</source>
        <translation>Das Zertifikat der Station ist abgelaufen oder gesperrt.</translation>
    </message>
    <message>
        <source>The address of the certificate service is wrong.</source>
        <translation>Die Adresse des Zertifikatsdienstes ist falsch.</translation>
    </message>
    <message>
        <source>The station&apos;s certificate lacks the role of a station.</source>
        <translation>Dem Zertifikat der Station fehlt die Rolle einer Station.</translation>
    </message>
    <message>
        <source>The certificate service cannot write down which vehicle it serves.</source>
        <translation>Der Zertifikatsdienst kann nicht festhalten, welches Fahrzeug er bedient.</translation>
    </message>
    <message>
        <source>The vault&apos;s database of the service is down: its health page tells.</source>
        <translation>Die Tresordatenbank des Dienstes ist ausgefallen: seine Zustandsseite sagt es.</translation>
    </message>
    <message>
        <source>The certificate service cannot judge security chips: its list of makers has expired.</source>
        <translation>Der Zertifikatsdienst kann Sicherheitschips nicht beurteilen: seine Herstellerliste ist abgelaufen.</translation>
    </message>
    <message>
        <source>The service needs a new bundle of trusted makers. The unit is not at fault.</source>
        <translation>Der Dienst braucht eine neue Herstellerliste. Das Gerät ist nicht schuld.</translation>
    </message>
    <message>
        <source>The signing device of the certificate service does not work.</source>
        <translation>Das Signiergerät des Zertifikatsdienstes arbeitet nicht.</translation>
    </message>
    <message>
        <source>Without a backup authority the line stands: inform the people who run the service.</source>
        <translation>Ohne Ersatzstelle steht die Linie: Betreiber des Dienstes informieren.</translation>
    </message>
    <message>
        <source>The disk of this station is full. It does nothing that it could not write down.</source>
        <translation>Die Platte dieser Station ist voll. Sie tut nichts, was sie nicht festhalten kann.</translation>
    </message>
    <message>
        <source>Free space on the disk of the journal, then try again.</source>
        <translation>Platz auf der Platte des Journals schaffen, dann nochmals versuchen.</translation>
    </message>
    <message>
        <source>Another program holds the journal of this station.</source>
        <translation>Ein anderes Programm hält das Journal dieser Station.</translation>
    </message>
    <message>
        <source>A backup or a second station program has the file open.</source>
        <translation>Eine Sicherung oder ein zweites Stationsprogramm hat die Datei offen.</translation>
    </message>
    <message>
        <source>The journal of this station is damaged.</source>
        <translation>Das Journal dieser Station ist beschädigt.</translation>
    </message>
    <message>
        <source>Keep the file: its open jobs and reports are in it. Start with a new one and look for the cause.</source>
        <translation>Datei aufheben: offene Aufträge und Meldungen stehen darin. Mit einer neuen beginnen und die Ursache suchen.</translation>
    </message>
    <message>
        <source>The disk of this station has a fault.</source>
        <translation>Die Platte dieser Station hat einen Fehler.</translation>
    </message>
    <message>
        <source>Look for disk errors in the system log and replace the disk.</source>
        <translation>Plattenfehler im Systemprotokoll suchen und Platte ersetzen.</translation>
    </message>
    <message>
        <source>The journal was written by a newer version of this program.</source>
        <translation>Das Journal stammt von einer neueren Version dieses Programms.</translation>
    </message>
    <message>
        <source>Install the newer version again.</source>
        <translation>Die neuere Version wieder installieren.</translation>
    </message>
    <message>
        <source>The journal of this station cannot be opened.</source>
        <translation>Das Journal dieser Station lässt sich nicht öffnen.</translation>
    </message>
    <message>
        <source>The folder must exist and belong to the station&apos;s user.</source>
        <translation>Der Ordner muss da sein und dem Benutzer der Station gehören.</translation>
    </message>
    <message>
        <source>Another program of this station is working on the vehicle.</source>
        <translation>Ein anderes Programm dieser Station arbeitet am Fahrzeug.</translation>
    </message>
    <message>
        <source>A second window or a command line run has the slot.</source>
        <translation>Ein zweites Fenster oder eine Befehlszeile hat den Platz.</translation>
    </message>
    <message>
        <source>A second window or a command line run has the vehicle.</source>
        <translation>Ein zweites Fenster oder eine Befehlszeile hat das Fahrzeug.</translation>
    </message>
    <message>
        <source>The station itself is out of order.</source>
        <translation>Die Station selbst ist gestört.</translation>
    </message>
    <message>
        <source>The window was started for a slot that the configuration does not have.</source>
        <translation>Das Fenster wurde für einen Platz gestartet, den die Konfiguration nicht kennt.</translation>
    </message>
    <message>
        <source>No random numbers from the system: restart the station.</source>
        <translation>Keine Zufallszahlen vom System: Station neu starten.</translation>
    </message>
    <message>
        <source>Look at the station&apos;s log.</source>
        <translation>Das Protokoll der Station ansehen.</translation>
    </message>
</context>
<context>
    <name>CycleBar</name>
    <message>
        <source>%1 s: %2 s over the target of %3 s</source>
        <translation>%1 s: %2 s über dem Ziel von %3 s</translation>
    </message>
    <message>
        <source>%1 s of %2 s</source>
        <translation>%1 s von %2 s</translation>
    </message>
</context>
<context>
    <name>CyclePage</name>
    <message>
        <source>Seconds per vehicle, one after the other</source>
        <translation>Sekunden je Fahrzeug, der Reihe nach</translation>
    </message>
    <message>
        <source>Vehicles by seconds, target dashed</source>
        <translation>Fahrzeuge nach Sekunden, Ziel gestrichelt</translation>
    </message>
    <message>
        <source>The journal cannot be read.</source>
        <translation>Das Journal ist nicht lesbar.</translation>
    </message>
    <message>
        <source>No vehicle has passed in this period.</source>
        <translation>In diesem Zeitraum ist kein Fahrzeug fertig geworden.</translation>
    </message>
    <message numerus="yes">
        <source>%n vehicle(s) passed</source>
        <translation>
            <numerusform>%n Fahrzeug in Ordnung</numerusform>
            <numerusform>%n Fahrzeuge in Ordnung</numerusform>
        </translation>
    </message>
    <message>
        <source>median</source>
        <translation>Median</translation>
    </message>
    <message>
        <source>90 % within</source>
        <translation>90 % bis</translation>
    </message>
    <message>
        <source>target %1 s</source>
        <translation>Ziel %1 s</translation>
    </message>
    <message>
        <source>Steps: median · 90 % within</source>
        <translation>Schritte: Median · 90 % bis</translation>
    </message>
</context>
<context>
    <name>Duration</name>
    <message>
        <source>%1 s</source>
        <translation>%1 s</translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation>%1 min %2 s</translation>
    </message>
</context>
<context>
    <name>ExportPage</name>
    <message>
        <source>Where to</source>
        <translation>Wohin</translation>
    </message>
    <message>
        <source>No stick and no export folder: put a stick in.</source>
        <translation>Kein Stick und kein Exportordner: Stick einstecken.</translation>
    </message>
    <message>
        <source>Stick</source>
        <translation>Stick</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Report: counts, yield, cycle times and causes. Batch: the runs of this station and the signed records of the gateway, to be verified anywhere.</source>
        <translation>Bericht: Zahlen, Ausbeute, Zykluszeiten und Ursachen. Paket: die Läufe dieser Station und die signierten Aufzeichnungen des Gateways, überall prüfbar.</translation>
    </message>
    <message>
        <source>Shift report (PDF)</source>
        <translation>Schichtbericht (PDF)</translation>
    </message>
    <message>
        <source>Audit batch</source>
        <translation>Audit-Paket</translation>
    </message>
    <message>
        <source>Being written …</source>
        <translation>Wird geschrieben …</translation>
    </message>
</context>
<context>
    <name>FooterBar</name>
    <message>
        <source>Gateway</source>
        <translation>Gateway</translation>
    </message>
    <message>
        <source>Vehicle bus</source>
        <translation>Fahrzeugbus</translation>
    </message>
    <message>
        <source>Screen smaller than 10 inch</source>
        <translation>Bildschirm unter 10 Zoll</translation>
    </message>
    <message numerus="yes">
        <source>%n report(s) waiting</source>
        <translation>
            <numerusform>%n Meldung wartet</numerusform>
            <numerusform>%n Meldungen warten</numerusform>
        </translation>
    </message>
    <message>
        <source>Scanner</source>
        <translation>Scanner</translation>
    </message>
    <message>
        <source>Scanner: window not active</source>
        <translation>Scanner: Fenster nicht aktiv</translation>
    </message>
</context>
<context>
    <name>HeaderBar</name>
    <message>
        <source>Slot %1</source>
        <translation>Platz %1</translation>
    </message>
    <message>
        <source>SIMULATION</source>
        <translation>SIMULATION</translation>
    </message>
</context>
<context>
    <name>HistoryPage</name>
    <message>
        <source>Scan or type: VIN, unit, serial</source>
        <translation>Scannen oder tippen: VIN, Gerät</translation>
    </message>
    <message>
        <source>Clear the search</source>
        <translation>Suche löschen</translation>
    </message>
    <message numerus="yes">
        <source>%n run(s)</source>
        <translation>
            <numerusform>%n Lauf</numerusform>
            <numerusform>%n Läufe</numerusform>
        </translation>
    </message>
    <message>
        <source>The journal cannot be read.</source>
        <translation>Das Journal ist nicht lesbar.</translation>
    </message>
    <message>
        <source>Nothing of this kind in this period.</source>
        <translation>Nichts dergleichen in diesem Zeitraum.</translation>
    </message>
</context>
<context>
    <name>LinkLamp</name>
    <message>
        <source>no connection</source>
        <translation>keine Verbindung</translation>
    </message>
</context>
<context>
    <name>LoginScreen</name>
    <message>
        <source>Scan your badge</source>
        <translation>Ausweis scannen</translation>
    </message>
    <message>
        <source>One moment …</source>
        <translation>Einen Moment …</translation>
    </message>
    <message>
        <source>Or choose your name and type your PIN.</source>
        <translation>Oder den Namen wählen und die PIN tippen.</translation>
    </message>
    <message>
        <source>The station is locked until somebody logs in.</source>
        <translation>Die Station ist gesperrt, bis sich jemand anmeldet.</translation>
    </message>
    <message>
        <source>PIN</source>
        <translation>PIN</translation>
    </message>
</context>
<context>
    <name>Main</name>
    <message>
        <source>V2C Station</source>
        <translation>V2C-Station</translation>
    </message>
</context>
<context>
    <name>OperatorText</name>
    <message>
        <source>The telematics unit refuses to be provisioned.</source>
        <translation>Das Telematikgerät verweigert die Provisionierung.</translation>
    </message>
    <message>
        <source>The telematics unit could not create a valid key.</source>
        <translation>Das Telematikgerät konnte keinen gültigen Schlüssel erzeugen.</translation>
    </message>
    <message>
        <source>The telematics unit could not prove that its key is inside a genuine security chip.</source>
        <translation>Das Telematikgerät konnte nicht beweisen, dass sein Schlüssel in einem echten Sicherheitschip liegt.</translation>
    </message>
    <message>
        <source>The key of the telematics unit was refused when the certificate was to be signed.</source>
        <translation>Der Schlüssel des Telematikgeräts wurde beim Signieren des Zertifikats abgelehnt.</translation>
    </message>
    <message>
        <source>The telematics unit could not store its certificate.</source>
        <translation>Das Telematikgerät konnte sein Zertifikat nicht speichern.</translation>
    </message>
    <message>
        <source>The telematics unit does not hold the certificate that was installed.</source>
        <translation>Das Telematikgerät enthält nicht das installierte Zertifikat.</translation>
    </message>
    <message>
        <source>The telematics unit failed after its certificate was installed.</source>
        <translation>Das Telematikgerät versagte nach der Installation des Zertifikats.</translation>
    </message>
    <message>
        <source>Reject this telematics unit. Replace it, then scan the vehicle again.</source>
        <translation>Dieses Telematikgerät aussondern. Ersetzen, dann das Fahrzeug erneut scannen.</translation>
    </message>
    <message>
        <source>The station itself is out of order.</source>
        <translation>Die Station selbst ist gestört.</translation>
    </message>
    <message>
        <source>Hold the vehicle. This station needs a technician.</source>
        <translation>Fahrzeug anhalten. Diese Station braucht einen Techniker.</translation>
    </message>
    <message>
        <source>The rules of the plant do not allow this vehicle to be provisioned.</source>
        <translation>Die Regeln des Werks erlauben dieses Fahrzeug nicht.</translation>
    </message>
    <message>
        <source>Hold the vehicle. Do not scan again.</source>
        <translation>Fahrzeug anhalten. Nicht erneut scannen.</translation>
    </message>
    <message numerus="yes">
        <source>Possible again in %n minute(s).</source>
        <translation>
            <numerusform>Wieder möglich in %n Minute.</numerusform>
            <numerusform>Wieder möglich in %n Minuten.</numerusform>
        </translation>
    </message>
    <message>
        <source>Possible again in %1 h %2 min.</source>
        <translation>Wieder möglich in %1 h %2 min.</translation>
    </message>
    <message>
        <source>HTTP %1</source>
        <translation>HTTP %1</translation>
    </message>
    <message>
        <source>job %1</source>
        <translation>Auftrag %1</translation>
    </message>
    <message>
        <source>FAIL</source>
        <translation>FEHLER</translation>
    </message>
    <message>
        <source>STATION FAULT</source>
        <translation>STATIONSFEHLER</translation>
    </message>
    <message>
        <source>WRONG VEHICLE</source>
        <translation>FALSCHES FAHRZEUG</translation>
    </message>
    <message>
        <source>REFUSED</source>
        <translation>ABGELEHNT</translation>
    </message>
    <message>
        <source>Character %1 is “%2”. A VIN has digits and letters, but no I, O or Q.</source>
        <translation>Zeichen %1 ist „%2“. Eine VIN hat Ziffern und Buchstaben, aber kein I, O oder Q.</translation>
    </message>
    <message>
        <source>A VIN has digits and letters, but no I, O or Q.</source>
        <translation>Eine VIN hat Ziffern und Buchstaben, aber kein I, O oder Q.</translation>
    </message>
    <message>
        <source>A VIN has 17 characters, this has %1.</source>
        <translation>Eine VIN hat 17 Zeichen, hier sind es %1.</translation>
    </message>
    <message>
        <source>The check digit, character 9, does not fit: misread or mistyped.</source>
        <translation>Die Prüfziffer, Zeichen 9, passt nicht: falsch gelesen oder vertippt.</translation>
    </message>
    <message>
        <source>This line does not build vehicles whose VIN begins like this.</source>
        <translation>Diese Linie baut keine Fahrzeuge, deren VIN so beginnt.</translation>
    </message>
    <message>
        <source>The check character at the end of the label does not fit: misread.</source>
        <translation>Das Prüfzeichen am Ende des Etiketts passt nicht: falsch gelesen.</translation>
    </message>
    <message>
        <source>Two different VINs came in one scan.</source>
        <translation>Zwei verschiedene VIN kamen in einem Scan.</translation>
    </message>
    <message>
        <source>This code holds no VIN.</source>
        <translation>Dieser Code enthält keine VIN.</translation>
    </message>
</context>
<context>
    <name>PassScreen</name>
    <message>
        <source>Certificate serial</source>
        <translation>Zertifikatsnummer</translation>
    </message>
    <message>
        <source>Duration %1</source>
        <translation>Dauer %1</translation>
    </message>
    <message>
        <source>went on after an interruption</source>
        <translation>nach Unterbrechung fortgesetzt</translation>
    </message>
    <message>
        <source>the report waits for the gateway</source>
        <translation>Meldung wartet auf das Gateway</translation>
    </message>
    <message>
        <source>Next: scan the VIN of the next vehicle</source>
        <translation>Weiter: VIN des nächsten Fahrzeugs scannen</translation>
    </message>
    <message>
        <source>The label is being printed …</source>
        <translation>Das Etikett wird gedruckt …</translation>
    </message>
    <message>
        <source>No label: look after the printer, then print again.</source>
        <translation>Kein Etikett: Drucker prüfen, dann neu drucken.</translation>
    </message>
    <message>
        <source>Label printed. Next: scan the VIN of the next vehicle</source>
        <translation>Etikett gedruckt. Weiter: VIN des nächsten Fahrzeugs scannen</translation>
    </message>
</context>
<context>
    <name>ProblemScreen</name>
    <message>
        <source>Nothing is wrong with the vehicle.</source>
        <translation>Das Fahrzeug ist in Ordnung.</translation>
    </message>
    <message>
        <source>What to do now</source>
        <translation>Was jetzt zu tun ist</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Was geschehen ist</translation>
    </message>
    <message>
        <source>Vehicle</source>
        <translation>Fahrzeug</translation>
    </message>
    <message>
        <source>The shift lead</source>
        <translation>Die Schichtleitung</translation>
    </message>
</context>
<context>
    <name>QueueScreen</name>
    <message>
        <source>Waiting for a technician</source>
        <translation>Warten auf einen Techniker</translation>
    </message>
    <message numerus="yes">
        <source>%n vehicle(s)</source>
        <translation>
            <numerusform>%n Fahrzeug</numerusform>
            <numerusform>%n Fahrzeuge</numerusform>
        </translation>
    </message>
    <message>
        <source>Nobody waits. A unit that fails, a refused vehicle and a call by F4 come here.</source>
        <translation>Niemand wartet. Hierher kommen gescheiterte Geräte, abgelehnte Fahrzeuge und Rufe mit F4.</translation>
    </message>
    <message>
        <source>new</source>
        <translation>neu</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>Records</source>
        <translation>Daten</translation>
    </message>
    <message>
        <source>Self-test</source>
        <translation>Selbsttest</translation>
    </message>
</context>
<context>
    <name>ReadyScreen</name>
    <message>
        <source>Scan VIN</source>
        <translation>VIN scannen</translation>
    </message>
    <message>
        <source>Ready to scan</source>
        <translation>Bereit zum Scannen</translation>
    </message>
    <message>
        <source>Not ready: touch this window</source>
        <translation>Nicht bereit: Fenster berühren</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>Fälle</translation>
    </message>
</context>
<context>
    <name>RecordsScreen</name>
    <message>
        <source>Runs</source>
        <translation>Läufe</translation>
    </message>
    <message>
        <source>Cycle time</source>
        <translation>Zykluszeit</translation>
    </message>
    <message>
        <source>Yield</source>
        <translation>Ausbeute</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
</context>
<context>
    <name>ReportText</name>
    <message>
        <source>%1 scanned = %2 passed + %3 failed + %4 open</source>
        <translation>%1 gescannt = %2 in Ordnung + %3 fehlerhaft + %4 offen</translation>
    </message>
    <message>
        <source>Shift report</source>
        <translation>Schichtbericht</translation>
    </message>
    <message>
        <source>Vehicles</source>
        <translation>Fahrzeuge</translation>
    </message>
    <message>
        <source>Passed at the first try: %1 of those that ended</source>
        <translation>Im ersten Anlauf in Ordnung: %1 der beendeten</translation>
    </message>
    <message>
        <source>By the hour</source>
        <translation>Nach Stunden</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Ab</translation>
    </message>
    <message>
        <source>Scanned</source>
        <translation>Gescannt</translation>
    </message>
    <message>
        <source>Passed</source>
        <translation>In Ordnung</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fehlerhaft</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Offen</translation>
    </message>
    <message>
        <source>Cycle time</source>
        <translation>Zykluszeit</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>Schritt</translation>
    </message>
    <message>
        <source>Number</source>
        <translation>Anzahl</translation>
    </message>
    <message>
        <source>Median</source>
        <translation>Median</translation>
    </message>
    <message>
        <source>90 % within</source>
        <translation>90 % bis</translation>
    </message>
    <message>
        <source>Causes</source>
        <translation>Ursachen</translation>
    </message>
    <message>
        <source>Cause</source>
        <translation>Ursache</translation>
    </message>
    <message>
        <source>Vehicles that did not pass</source>
        <translation>Fahrzeuge, die nicht in Ordnung waren</translation>
    </message>
    <message>
        <source>Begun</source>
        <translation>Begonnen</translation>
    </message>
    <message>
        <source>VIN</source>
        <translation>VIN</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Transaction</source>
        <translation>Vorgang</translation>
    </message>
    <message>
        <source>Made %1</source>
        <translation>Erstellt %1</translation>
    </message>
    <message>
        <source>Whole vehicle</source>
        <translation>Ganzes Fahrzeug</translation>
    </message>
</context>
<context>
    <name>RunDetail</name>
    <message>
        <source>Begun · ended · worked</source>
        <translation>Begonnen · beendet · gearbeitet</translation>
    </message>
    <message>
        <source>Unit</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>Certificate</source>
        <translation>Zertifikat</translation>
    </message>
    <message>
        <source>Transaction</source>
        <translation>Vorgang</translation>
    </message>
    <message>
        <source>The result is kept here until the gateway takes it.</source>
        <translation>Das Ergebnis bleibt hier, bis das Gateway es annimmt.</translation>
    </message>
</context>
<context>
    <name>RunningScreen</name>
    <message>
        <source>In work, leave the vehicle connected</source>
        <translation>In Arbeit, Fahrzeug verbunden lassen</translation>
    </message>
</context>
<context>
    <name>SelfTestScreen</name>
    <message>
        <source>Self-test</source>
        <translation>Selbsttest</translation>
    </message>
    <message>
        <source>Being tested …</source>
        <translation>Wird getestet …</translation>
    </message>
    <message>
        <source>Tested at %1</source>
        <translation>Getestet um %1</translation>
    </message>
    <message>
        <source>Scanner</source>
        <translation>Scanner</translation>
    </message>
    <message>
        <source>Printed:</source>
        <translation>Gedruckt:</translation>
    </message>
    <message>
        <source>Arrived:</source>
        <translation>Angekommen:</translation>
    </message>
    <message>
        <source>Test again</source>
        <translation>Neu testen</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
</context>
<context>
    <name>ShiftCounters</name>
    <message>
        <source>This shift</source>
        <translation>Diese Schicht</translation>
    </message>
    <message>
        <source>scanned</source>
        <translation>gescannt</translation>
    </message>
    <message>
        <source>passed</source>
        <translation>gut</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>schlecht</translation>
    </message>
    <message>
        <source>open</source>
        <translation>offen</translation>
    </message>
</context>
<context>
    <name>Step</name>
    <message>
        <source>Connect to the unit</source>
        <translation>Mit dem Gerät verbinden</translation>
    </message>
    <message>
        <source>Compare the VIN</source>
        <translation>VIN vergleichen</translation>
    </message>
    <message>
        <source>Create the key</source>
        <translation>Schlüssel erzeugen</translation>
    </message>
    <message>
        <source>Prove the key</source>
        <translation>Schlüssel nachweisen</translation>
    </message>
    <message>
        <source>Sign the certificate</source>
        <translation>Zertifikat signieren</translation>
    </message>
    <message>
        <source>Install the certificate</source>
        <translation>Zertifikat installieren</translation>
    </message>
    <message>
        <source>Check what was installed</source>
        <translation>Installation prüfen</translation>
    </message>
    <message>
        <source>Report the result</source>
        <translation>Ergebnis melden</translation>
    </message>
</context>
<context>
    <name>TimeLeft</name>
    <message>
        <source>Over the takt</source>
        <translation>Über dem Takt</translation>
    </message>
    <message>
        <source>Time left</source>
        <translation>Restzeit</translation>
    </message>
    <message>
        <source>seconds</source>
        <translation>Sekunden</translation>
    </message>
</context>
<context>
    <name>VinComparison</name>
    <message>
        <source>Label scanned</source>
        <translation>Etikett</translation>
    </message>
    <message>
        <source>Connected vehicle</source>
        <translation>Fahrzeug</translation>
    </message>
</context>
<context>
    <name>WrongVehicleScreen</name>
    <message>
        <source>What to do now</source>
        <translation>Was jetzt zu tun ist</translation>
    </message>
    <message>
        <source>The shift lead</source>
        <translation>Die Schichtleitung</translation>
    </message>
</context>
<context>
    <name>YieldPage</name>
    <message numerus="yes">
        <source>Vehicles per %n hour(s)</source>
        <translation>
            <numerusform>Fahrzeuge je %n Stunde</numerusform>
            <numerusform>Fahrzeuge je %n Stunden</numerusform>
        </translation>
    </message>
    <message>
        <source>The journal cannot be read.</source>
        <translation>Das Journal ist nicht lesbar.</translation>
    </message>
    <message>
        <source>No vehicle was scanned in this period.</source>
        <translation>In diesem Zeitraum wurde kein Fahrzeug gescannt.</translation>
    </message>
    <message>
        <source>Scanned %1</source>
        <translation>Gescannt %1</translation>
    </message>
    <message>
        <source>Passed</source>
        <translation>In Ordnung</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fehlerhaft</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Offen</translation>
    </message>
    <message>
        <source>Passed at the first try: %1 of those that ended</source>
        <translation>Im ersten Anlauf in Ordnung: %1 der beendeten</translation>
    </message>
    <message>
        <source>Most frequent causes</source>
        <translation>Häufigste Ursachen</translation>
    </message>
</context>
<context>
    <name>station::CaseModel</name>
    <message>
        <source>Somebody else has taken this case.</source>
        <translation>Jemand anders hat diesen Fall.</translation>
    </message>
    <message>
        <source>This case was closed meanwhile.</source>
        <translation>Dieser Fall wurde inzwischen geschlossen.</translation>
    </message>
    <message>
        <source>The queue cannot be read or written.</source>
        <translation>Die Fälle sind nicht les- oder schreibbar.</translation>
    </message>
    <message numerus="yes">
        <source>%n min</source>
        <translation>
            <numerusform>%n min</numerusform>
            <numerusform>%n min</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1 h %2 min</translation>
    </message>
    <message>
        <source>%1 has taken it</source>
        <translation>%1 kümmert sich darum</translation>
    </message>
    <message>
        <source>Technician called, waiting %1</source>
        <translation>Techniker gerufen, wartet %1</translation>
    </message>
    <message>
        <source>Unit replaced</source>
        <translation>Gerät ersetzt</translation>
    </message>
    <message>
        <source>Cabling repaired</source>
        <translation>Kabel repariert</translation>
    </message>
    <message>
        <source>Vehicle or label corrected</source>
        <translation>Fahrzeug/ Etikett berichtigt</translation>
    </message>
    <message>
        <source>Station repaired</source>
        <translation>Station repariert</translation>
    </message>
    <message>
        <source>Sent to rework</source>
        <translation>Zur Nacharbeit</translation>
    </message>
</context>
<context>
    <name>station::ExportModel</name>
    <message>
        <source>%1 MB free</source>
        <translation>%1 MB frei</translation>
    </message>
    <message>
        <source>Report written and read back: %1</source>
        <translation>Bericht geschrieben und zurückgelesen: %1</translation>
    </message>
    <message numerus="yes">
        <source>Batch written and verified: %1, %n run(s).</source>
        <translation>
            <numerusform>Paket geschrieben und geprüft: %1, %n Lauf.</numerusform>
            <numerusform>Paket geschrieben und geprüft: %1, %n Läufe.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n record(s) of the gateway.</source>
        <translation>
            <numerusform>%n Aufzeichnung des Gateways.</numerusform>
            <numerusform>%n Aufzeichnungen des Gateways.</numerusform>
        </translation>
    </message>
    <message>
        <source>The gateway&apos;s records are not in it: %1.</source>
        <translation>Die Aufzeichnungen des Gateways fehlen darin: %1.</translation>
    </message>
    <message>
        <source>Stick or folder is gone. Nothing usable was written: put it back and export again.</source>
        <translation>Stick oder Ordner ist weg. Es wurde nichts Brauchbares geschrieben: wieder einstecken und noch einmal exportieren.</translation>
    </message>
    <message>
        <source>No room left there. Nothing usable was written: make room and export again.</source>
        <translation>Dort ist kein Platz mehr. Es wurde nichts Brauchbares geschrieben: Platz schaffen und noch einmal exportieren.</translation>
    </message>
    <message>
        <source>Stick or folder cannot be written to.</source>
        <translation>Auf Stick oder Ordner kann nicht geschrieben werden.</translation>
    </message>
    <message>
        <source>What was read back is not what was written. Take another stick.</source>
        <translation>Zurückgelesen wurde etwas anderes als geschrieben. Anderen Stick nehmen.</translation>
    </message>
    <message>
        <source>The journal cannot be read.</source>
        <translation>Das Journal ist nicht lesbar.</translation>
    </message>
    <message>
        <source>The export failed: %1</source>
        <translation>Der Export ist gescheitert: %1</translation>
    </message>
</context>
<context>
    <name>station::HistoryModel</name>
    <message>
        <source>All results</source>
        <translation>Alle Ergebnisse</translation>
    </message>
    <message>
        <source>Passed</source>
        <translation>In Ordnung</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fehlerhaft</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Offen</translation>
    </message>
    <message>
        <source>begun</source>
        <translation>begonnen</translation>
    </message>
    <message>
        <source>attempt %1</source>
        <translation>Versuch %1</translation>
    </message>
</context>
<context>
    <name>station::PeriodModel</name>
    <message>
        <source>This shift</source>
        <translation>Diese Schicht</translation>
    </message>
    <message>
        <source>Last shift</source>
        <translation>Letzte Schicht</translation>
    </message>
    <message>
        <source>24 hours</source>
        <translation>24 Stunden</translation>
    </message>
    <message>
        <source>7 days</source>
        <translation>7 Tage</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alles</translation>
    </message>
    <message>
        <source>all that the station keeps</source>
        <translation>alles, was die Station aufbewahrt</translation>
    </message>
</context>
<context>
    <name>station::RunModel</name>
    <message>
        <source>Typing does not count</source>
        <translation>Tippen zählt nicht</translation>
    </message>
    <message>
        <source>Scan the label, or call a technician.</source>
        <translation>Etikett scannen oder Techniker rufen.</translation>
    </message>
    <message>
        <source>Typed once</source>
        <translation>Einmal getippt</translation>
    </message>
    <message>
        <source>Type the VIN a second time from the label.</source>
        <translation>Die VIN ein zweites Mal vom Etikett abtippen.</translation>
    </message>
    <message>
        <source>Typed differently</source>
        <translation>Verschieden getippt</translation>
    </message>
    <message>
        <source>Character %1 was another one the first time. Type the VIN again, twice.</source>
        <translation>Zeichen %1 war beim ersten Mal anders. VIN erneut zweimal tippen.</translation>
    </message>
    <message>
        <source>Already running</source>
        <translation>Läuft schon</translation>
    </message>
    <message>
        <source>This vehicle is in work.</source>
        <translation>Dieses Fahrzeug ist in Arbeit.</translation>
    </message>
    <message>
        <source>Scan refused</source>
        <translation>Scan abgelehnt</translation>
    </message>
    <message>
        <source>Another vehicle is in work. Wait, then scan again.</source>
        <translation>Ein anderes Fahrzeug ist in Arbeit. Warten, dann erneut scannen.</translation>
    </message>
    <message>
        <source>Double scan ignored</source>
        <translation>Doppelter Scan ignoriert</translation>
    </message>
    <message>
        <source>This vehicle was scanned a moment ago.</source>
        <translation>Dieses Fahrzeug wurde eben gescannt.</translation>
    </message>
    <message>
        <source>Scan once more</source>
        <translation>Noch einmal scannen</translation>
    </message>
    <message>
        <source>The check digit does not fit: the second reading decides.</source>
        <translation>Die Prüfziffer passt nicht: die zweite Lesung entscheidet.</translation>
    </message>
    <message>
        <source>Not a VIN</source>
        <translation>Keine VIN</translation>
    </message>
    <message>
        <source>PASS</source>
        <translation>GUT</translation>
    </message>
</context>
<context>
    <name>station::SelfTestModel</name>
    <message>
        <source>Vehicle bus of slot %1</source>
        <translation>Fahrzeugbus von Platz %1</translation>
    </message>
    <message>
        <source>Certificate service</source>
        <translation>Zertifikatsdienst</translation>
    </message>
    <message>
        <source>Clock</source>
        <translation>Uhr</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>Journal</source>
        <translation>Journal</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>bereit</translation>
    </message>
    <message>
        <source>not there or switched off</source>
        <translation>nicht da oder ausgeschaltet</translation>
    </message>
    <message>
        <source>only a vehicle can tell</source>
        <translation>nur ein Fahrzeug zeigt es</translation>
    </message>
    <message>
        <source>kept right by the network</source>
        <translation>vom Netz richtig gestellt</translation>
    </message>
    <message>
        <source>not kept right by the network</source>
        <translation>nicht vom Netz gestellt</translation>
    </message>
    <message>
        <source>a backup is in use</source>
        <translation>eine Reserve ist in Betrieb</translation>
    </message>
    <message>
        <source>cannot be written</source>
        <translation>nicht beschreibbar</translation>
    </message>
    <message>
        <source>%1 free</source>
        <translation>%1 frei</translation>
    </message>
    <message>
        <source>Scan the code of the technician guide.</source>
        <translation>Code der Techniker-Anleitung scannen.</translation>
    </message>
    <message>
        <source>Everything arrives as it is printed.</source>
        <translation>Alles kommt an, wie es gedruckt ist.</translation>
    </message>
    <message>
        <source>Everything arrives, but slowly as if typed: switch off the scanner&apos;s pauses between keys.</source>
        <translation>Alles kommt an, aber langsam wie getippt: Pausen zwischen den Zeichen am Scanner abschalten.</translation>
    </message>
    <message>
        <source>Y and Z are swapped: the station expects a German keyboard, the scanner types an English one.</source>
        <translation>Y und Z sind vertauscht: Die Station erwartet eine deutsche Tastatur, der Scanner tippt eine englische.</translation>
    </message>
    <message>
        <source>Digits arrive as other characters: the station expects a French keyboard.</source>
        <translation>Ziffern kommen als andere Zeichen an: Die Station erwartet eine französische Tastatur.</translation>
    </message>
    <message>
        <source>Letters arrive in lower case: switch Caps Lock off.</source>
        <translation>Buchstaben kommen klein an: Feststelltaste lösen.</translation>
    </message>
    <message>
        <source>Letters and digits are right, other characters are not: set the same keyboard layout in scanner and station.</source>
        <translation>Buchstaben und Ziffern stimmen, andere Zeichen nicht: In Scanner und Station dieselbe Tastaturbelegung einstellen.</translation>
    </message>
    <message>
        <source>This is not the code of the technician guide, or characters got lost.</source>
        <translation>Das ist nicht der Code der Techniker-Anleitung, oder Zeichen gingen verloren.</translation>
    </message>
</context>
<context>
    <name>station::SessionModel</name>
    <message>
        <source>Operator</source>
        <translation>Bediener</translation>
    </message>
    <message>
        <source>Technician</source>
        <translation>Techniker</translation>
    </message>
    <message>
        <source>Supervisor</source>
        <translation>Schichtleitung</translation>
    </message>
    <message>
        <source>Choose your name first, then type your PIN.</source>
        <translation>Erst den Namen wählen, dann die PIN tippen.</translation>
    </message>
    <message>
        <source>This badge is not known at this station.</source>
        <translation>Dieser Ausweis ist an dieser Station unbekannt.</translation>
    </message>
    <message>
        <source>Wrong PIN.</source>
        <translation>Falsche PIN.</translation>
    </message>
    <message numerus="yes">
        <source>Too many wrong PINs. Possible again in %n minute(s).</source>
        <translation>
            <numerusform>Zu viele falsche PINs. Wieder möglich in %n Minute.</numerusform>
            <numerusform>Zu viele falsche PINs. Wieder möglich in %n Minuten.</numerusform>
        </translation>
    </message>
    <message>
        <source>The station cannot read who may use it. Call a technician.</source>
        <translation>Die Station kann ihre Benutzer nicht lesen. Techniker rufen.</translation>
    </message>
</context>
<context>
    <name>station::StationModel</name>
    <message>
        <source>The station cannot read its journal: no vehicle can be done.</source>
        <translation>Die Station kann ihr Journal nicht lesen: kein Fahrzeug möglich.</translation>
    </message>
    <message>
        <source>Certificate service away since %1: no new certificates, results are kept.</source>
        <translation>Zertifikatsdienst fehlt seit %1: keine neuen Zertifikate, Ergebnisse bleiben hier.</translation>
    </message>
    <message numerus="yes">
        <source>%n result(s) kept here, being sent.</source>
        <translation>
            <numerusform>%n Ergebnis hier, wird gesendet.</numerusform>
            <numerusform>%n Ergebnisse hier, werden gesendet.</numerusform>
        </translation>
    </message>
    <message>
        <source>Backup certificate authority in use since %1: work goes on.</source>
        <translation>Ersatz-Zertifizierungsstelle seit %1: es geht weiter.</translation>
    </message>
    <message>
        <source>Backup certificate service in use since %1: work goes on.</source>
        <translation>Ersatz-Zertifikatsdienst seit %1: es geht weiter.</translation>
    </message>
    <message>
        <source>Slot %1 was interrupted. Scan this vehicle: the work goes on where it stopped.</source>
        <translation>Platz %1 wurde unterbrochen. Dieses Fahrzeug scannen: es geht dort weiter.</translation>
    </message>
    <message numerus="yes">
        <source>%n more vehicle(s) wait like this.</source>
        <translation>
            <numerusform>%n weiteres Fahrzeug wartet so.</numerusform>
            <numerusform>%n weitere Fahrzeuge warten so.</numerusform>
        </translation>
    </message>
    <message>
        <source>Unfinished</source>
        <translation>Unfertig</translation>
    </message>
</context>
<context>
    <name>station::StepListModel</name>
    <message>
        <source>skipped</source>
        <translation>ausgelassen</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>retry %1 of %2</source>
        <translation>Versuch %1 von %2</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>done</source>
        <translation>fertig</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>schlecht</translation>
    </message>
</context>
</TS>
