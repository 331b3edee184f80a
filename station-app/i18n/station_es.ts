<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
<context>
    <name>BandBar</name>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>%n más</numerusform>
            <numerusform>%n más</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>BottomRow</name>
    <message>
        <source>Close</source>
        <translation>Cerrar</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Reintentar</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>Intro</translation>
    </message>
    <message>
        <source>Whom to call</source>
        <translation>A quién llamar</translation>
    </message>
    <message>
        <source>Call</source>
        <translation>Llamar</translation>
    </message>
    <message>
        <source>Print</source>
        <translation>Imprimir</translation>
    </message>
</context>
<context>
    <name>CaseDetail</name>
    <message>
        <source>What likely helps</source>
        <translation>Qué puede ayudar</translation>
    </message>
    <message>
        <source>On the wire, newest last</source>
        <translation>En el bus, lo último al final</translation>
    </message>
    <message>
        <source>Nothing was said: the unit was not reached.</source>
        <translation>No se dijo nada: no se llegó a la unidad.</translation>
    </message>
    <message>
        <source>Waiting %1</source>
        <translation>Espera %1</translation>
    </message>
    <message>
        <source>taken by %1</source>
        <translation>tomado por %1</translation>
    </message>
    <message>
        <source>nobody has taken it</source>
        <translation>nadie lo ha tomado</translation>
    </message>
    <message>
        <source>Take over</source>
        <translation>Tomar</translation>
    </message>
    <message>
        <source>Done …</source>
        <translation>Hecho …</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Atrás</translation>
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
        <translation>La unidad telemática no responde.</translation>
    </message>
    <message>
        <source>Check the plug and the ignition. Press Enter to try again.</source>
        <translation>Revise el conector y el contacto. Pulse Intro para reintentar.</translation>
    </message>
    <message>
        <source>Plug, cable and adapter: try those of the next slot.</source>
        <translation>Conector, cable y adaptador: pruebe los del puesto vecino.</translation>
    </message>
    <message>
        <source>Ignition and supply of the unit: it needs 9 to 16 volts.</source>
        <translation>Contacto y alimentación de la unidad: necesita de 9 a 16 voltios.</translation>
    </message>
    <message>
        <source>The identifiers of the slot in the configuration.</source>
        <translation>Los identificadores del puesto en la configuración.</translation>
    </message>
    <message>
        <source>The telematics unit is busy with something else.</source>
        <translation>La unidad telemática está ocupada con otra cosa.</translation>
    </message>
    <message>
        <source>Wait a minute, then press Enter to try again.</source>
        <translation>Espere un minuto y pulse Intro para reintentar.</translation>
    </message>
    <message>
        <source>Another tester may be connected to the vehicle.</source>
        <translation>Puede haber otro equipo de diagnóstico conectado al vehículo.</translation>
    </message>
    <message>
        <source>Switch the ignition off and on.</source>
        <translation>Quite y ponga el contacto.</translation>
    </message>
    <message>
        <source>The supply voltage of the telematics unit is out of range.</source>
        <translation>La tensión de la unidad telemática está fuera de rango.</translation>
    </message>
    <message>
        <source>Connect the charger. Press Enter to try again.</source>
        <translation>Conecte el cargador. Pulse Intro para reintentar.</translation>
    </message>
    <message>
        <source>Measure the battery: the unit wants 9 to 16 volts.</source>
        <translation>Mida la batería: la unidad necesita de 9 a 16 voltios.</translation>
    </message>
    <message>
        <source>Check the ground connection of the unit.</source>
        <translation>Revise la masa de la unidad.</translation>
    </message>
    <message>
        <source>The connection to the telematics unit was lost during the work.</source>
        <translation>Se perdió la conexión con la unidad telemática durante el trabajo.</translation>
    </message>
    <message>
        <source>Plug and cable: a loose contact.</source>
        <translation>Conector y cable: un contacto flojo.</translation>
    </message>
    <message>
        <source>Another tester on the same bus ends the session.</source>
        <translation>Otro equipo en el mismo bus termina la sesión.</translation>
    </message>
    <message>
        <source>Reject this telematics unit. Replace it, then scan the vehicle again.</source>
        <translation>Rechace esta unidad telemática. Sustitúyala y escanee el vehículo de nuevo.</translation>
    </message>
    <message>
        <source>Read the negative response in the transcript: it names the reason.</source>
        <translation>Lea la respuesta negativa en la transcripción: indica el motivo.</translation>
    </message>
    <message>
        <source>Wrong software on the unit: compare its version with the work order.</source>
        <translation>Software incorrecto en la unidad: compare la versión con la orden.</translation>
    </message>
    <message>
        <source>Replace the unit.</source>
        <translation>Sustituya la unidad.</translation>
    </message>
    <message>
        <source>The telematics unit gives an answer that makes no sense.</source>
        <translation>La unidad telemática da una respuesta sin sentido.</translation>
    </message>
    <message>
        <source>Wrong software on the unit.</source>
        <translation>Software incorrecto en la unidad.</translation>
    </message>
    <message>
        <source>Two units on one identifier: disconnect the other one.</source>
        <translation>Dos unidades con un mismo identificador: desconecte la otra.</translation>
    </message>
    <message>
        <source>The telematics unit did not accept its certificate.</source>
        <translation>La unidad telemática no aceptó su certificado.</translation>
    </message>
    <message>
        <source>Clock of the unit: it may take the certificate for not yet valid.</source>
        <translation>Reloj de la unidad: quizá considere el certificado aún no válido.</translation>
    </message>
    <message>
        <source>Wrong root certificate in the unit&apos;s software.</source>
        <translation>Certificado raíz incorrecto en el software de la unidad.</translation>
    </message>
    <message>
        <source>Another telematics unit took the place of the one before.</source>
        <translation>Otra unidad telemática ocupó el lugar de la anterior.</translation>
    </message>
    <message>
        <source>Scan the vehicle again.</source>
        <translation>Escanee el vehículo de nuevo.</translation>
    </message>
    <message>
        <source>The certificate of the first unit is revoked by itself.</source>
        <translation>El certificado de la primera unidad se revoca solo.</translation>
    </message>
    <message>
        <source>The telematics unit has no serial number.</source>
        <translation>La unidad telemática no tiene número de serie.</translation>
    </message>
    <message>
        <source>The unit was not finished by its maker: send it back.</source>
        <translation>El fabricante no terminó la unidad: devuélvala.</translation>
    </message>
    <message>
        <source>The bus adapter of this station does not work.</source>
        <translation>El adaptador de bus de esta estación no funciona.</translation>
    </message>
    <message>
        <source>Check the plug of the adapter. Press Enter to try again.</source>
        <translation>Revise el conector del adaptador. Pulse Intro para reintentar.</translation>
    </message>
    <message>
        <source>The adapter: unplug it and plug it in again.</source>
        <translation>El adaptador: desconéctelo y vuelva a conectarlo.</translation>
    </message>
    <message>
        <source>Is the interface up? The self-test tells.</source>
        <translation>¿Está activa la interfaz? La autoprueba lo indica.</translation>
    </message>
    <message>
        <source>The bus in the configuration of the slot.</source>
        <translation>El bus en la configuración del puesto.</translation>
    </message>
    <message>
        <source>The label that was scanned and the connected vehicle do not belong together.</source>
        <translation>La etiqueta escaneada y el vehículo conectado no corresponden.</translation>
    </message>
    <message>
        <source>Check label and plug, then scan the label of the connected vehicle.</source>
        <translation>Revise etiqueta y conector; escanee la etiqueta del vehículo conectado.</translation>
    </message>
    <message>
        <source>The cable is in the neighbouring vehicle.</source>
        <translation>El cable está en el vehículo vecino.</translation>
    </message>
    <message>
        <source>The label is on the wrong vehicle.</source>
        <translation>La etiqueta está en otro vehículo.</translation>
    </message>
    <message>
        <source>The unit comes from another vehicle: its VIN must be written anew.</source>
        <translation>La unidad viene de otro vehículo: hay que escribir su VIN de nuevo.</translation>
    </message>
    <message>
        <source>The connected vehicle has no VIN yet. It must be written before.</source>
        <translation>El vehículo conectado aún no tiene VIN. Debe escribirse antes.</translation>
    </message>
    <message>
        <source>Send the vehicle back to the station that writes the VIN.</source>
        <translation>Devuelva el vehículo a la estación que escribe el VIN.</translation>
    </message>
    <message>
        <source>The station before was left out or failed.</source>
        <translation>La estación anterior se omitió o falló.</translation>
    </message>
    <message>
        <source>The check digit of the VIN, character 9, does not fit.</source>
        <translation>El dígito de control del VIN, carácter 9, no coincide.</translation>
    </message>
    <message>
        <source>Scan the label again. If it stays so, the label is misprinted.</source>
        <translation>Escanee la etiqueta de nuevo. Si sigue igual, está mal impresa.</translation>
    </message>
    <message>
        <source>Print the label anew.</source>
        <translation>Imprima la etiqueta de nuevo.</translation>
    </message>
    <message>
        <source>A maker without check digits: set its rule in the configuration.</source>
        <translation>Un fabricante sin dígito de control: fije su regla en la configuración.</translation>
    </message>
    <message>
        <source>This line does not build vehicles whose VIN begins like this.</source>
        <translation>Esta línea no fabrica vehículos cuyo VIN empiece así.</translation>
    </message>
    <message>
        <source>Scan the label of the vehicle, not another code.</source>
        <translation>Escanee la etiqueta del vehículo, no otro código.</translation>
    </message>
    <message>
        <source>A new maker: add it to the accepted makers in the configuration.</source>
        <translation>Un fabricante nuevo: añádalo a los admitidos en la configuración.</translation>
    </message>
    <message>
        <source>The security chip of the telematics unit has no certificate of its maker.</source>
        <translation>El chip de seguridad de la unidad no tiene certificado de su fabricante.</translation>
    </message>
    <message>
        <source>Reject this telematics unit and keep it apart for a technician. Do not try it again.</source>
        <translation>Rechace esta unidad telemática y apártela para un técnico. No la pruebe otra vez.</translation>
    </message>
    <message>
        <source>The chip was not finished by its maker.</source>
        <translation>El fabricante no terminó el chip.</translation>
    </message>
    <message>
        <source>A counterfeit unit: keep it for the security team.</source>
        <translation>Una unidad falsificada: guárdela para el equipo de seguridad.</translation>
    </message>
    <message>
        <source>The telematics unit could not prove that its key is inside a genuine security chip.</source>
        <translation>La unidad no pudo demostrar que su clave está en un chip de seguridad auténtico.</translation>
    </message>
    <message>
        <source>Software of the unit: it knows the command and gives nothing back.</source>
        <translation>Software de la unidad: conoce la orden y no devuelve nada.</translation>
    </message>
    <message>
        <source>Keep the unit for the security team.</source>
        <translation>Guarde la unidad para el equipo de seguridad.</translation>
    </message>
    <message>
        <source>The security chip of the telematics unit is not from a maker that the plant trusts.</source>
        <translation>El chip de seguridad de la unidad no es de un fabricante de confianza.</translation>
    </message>
    <message>
        <source>A new chip maker: the service&apos;s bundle of trusted makers must know it.</source>
        <translation>Un fabricante de chips nuevo: la lista de confianza del servicio debe conocerlo.</translation>
    </message>
    <message>
        <source>A counterfeit chip: keep the unit for the security team.</source>
        <translation>Un chip falsificado: guarde la unidad para el equipo de seguridad.</translation>
    </message>
    <message>
        <source>The maker&apos;s certificate of the security chip has expired.</source>
        <translation>El certificado del fabricante del chip ha caducado.</translation>
    </message>
    <message>
        <source>An old unit from the store: send it back to its maker.</source>
        <translation>Una unidad antigua del almacén: devuélvala al fabricante.</translation>
    </message>
    <message>
        <source>The maker of the security chip has withdrawn its certificate.</source>
        <translation>El fabricante del chip ha retirado su certificado.</translation>
    </message>
    <message>
        <source>Keep the unit for the security team: the maker does not vouch for it any more.</source>
        <translation>Guarde la unidad para el equipo de seguridad: el fabricante ya no responde por ella.</translation>
    </message>
    <message>
        <source>Software of the unit: it made its attestation key with wrong properties.</source>
        <translation>Software de la unidad: creó su clave de atestación con propiedades incorrectas.</translation>
    </message>
    <message>
        <source>The evidence was changed on its way, or is forged: keep the unit for the security team.</source>
        <translation>La prueba se alteró por el camino o es falsa: guarde la unidad para el equipo de seguridad.</translation>
    </message>
    <message>
        <source>The telematics unit gave a proof from an earlier occasion.</source>
        <translation>La unidad telemática dio una prueba de otra ocasión.</translation>
    </message>
    <message>
        <source>Forged evidence: keep the unit for the security team.</source>
        <translation>Prueba falsificada: guarde la unidad para el equipo de seguridad.</translation>
    </message>
    <message>
        <source>The security chip that answers is not the one that the unit names.</source>
        <translation>El chip que responde no es el que la unidad declara.</translation>
    </message>
    <message>
        <source>A relayed or copied chip: keep the unit for the security team.</source>
        <translation>Un chip retransmitido o copiado: guarde la unidad para el equipo de seguridad.</translation>
    </message>
    <message>
        <source>The telematics unit proved another key than the one it uses.</source>
        <translation>La unidad probó una clave distinta de la que usa.</translation>
    </message>
    <message>
        <source>Software of the unit.</source>
        <translation>Software de la unidad.</translation>
    </message>
    <message>
        <source>The key of the telematics unit is not inside its security chip.</source>
        <translation>La clave de la unidad no está dentro de su chip de seguridad.</translation>
    </message>
    <message>
        <source>Software of the unit makes keys outside the chip.</source>
        <translation>El software de la unidad crea claves fuera del chip.</translation>
    </message>
    <message>
        <source>The key of the telematics unit could be copied out of its security chip.</source>
        <translation>La clave de la unidad podría copiarse fuera del chip de seguridad.</translation>
    </message>
    <message>
        <source>Software of the unit makes its key with wrong properties.</source>
        <translation>El software de la unidad crea su clave con propiedades incorrectas.</translation>
    </message>
    <message>
        <source>The telematics unit could not create a valid key.</source>
        <translation>La unidad telemática no pudo crear una clave válida.</translation>
    </message>
    <message>
        <source>Faulty security chip: replace the unit.</source>
        <translation>Chip de seguridad defectuoso: sustituya la unidad.</translation>
    </message>
    <message>
        <source>The telematics unit asked for a certificate in another name.</source>
        <translation>La unidad pidió un certificado a otro nombre.</translation>
    </message>
    <message>
        <source>The identity secrets of station and service differ: compare them before replacing units.</source>
        <translation>Los secretos de identidad de estación y servicio difieren: compárelos antes de cambiar unidades.</translation>
    </message>
    <message>
        <source>The telematics unit asked for rights that a vehicle must not have.</source>
        <translation>La unidad pidió derechos que un vehículo no debe tener.</translation>
    </message>
    <message>
        <source>The telematics unit made a key of the wrong kind.</source>
        <translation>La unidad creó una clave del tipo equivocado.</translation>
    </message>
    <message>
        <source>The key of the telematics unit is publicly known.</source>
        <translation>La clave de la unidad es de conocimiento público.</translation>
    </message>
    <message>
        <source>Test software or a test key on the unit: keep it for the security team.</source>
        <translation>Software o clave de prueba en la unidad: guárdela para el equipo de seguridad.</translation>
    </message>
    <message>
        <source>The key of the telematics unit was revoked once.</source>
        <translation>La clave de la unidad ya fue revocada.</translation>
    </message>
    <message>
        <source>A unit from a repair or a scrapped vehicle: it must make a new key.</source>
        <translation>Una unidad de una reparación o desguace: debe crear una clave nueva.</translation>
    </message>
    <message>
        <source>The key of this telematics unit has been seen in another vehicle. Both are held.</source>
        <translation>La clave de esta unidad se ha visto en otro vehículo. Ambos quedan retenidos.</translation>
    </message>
    <message>
        <source>Hold the vehicle. Keep this telematics unit apart for a technician. Do not try it again.</source>
        <translation>Retenga el vehículo. Aparte esta unidad telemática para un técnico. No la pruebe otra vez.</translation>
    </message>
    <message>
        <source>A cloned unit: inform the security team, both vehicles are in quarantine.</source>
        <translation>Una unidad clonada: avise al equipo de seguridad, ambos vehículos están en cuarentena.</translation>
    </message>
    <message>
        <source>After the inquiry the service releases the entry.</source>
        <translation>Tras la investigación, el servicio libera la entrada.</translation>
    </message>
    <message>
        <source>The security chip of this telematics unit has been seen in another unit or vehicle. Both are held.</source>
        <translation>El chip de seguridad de esta unidad se ha visto en otra unidad o vehículo. Ambos quedan retenidos.</translation>
    </message>
    <message>
        <source>A used unit whose old vehicle was not signed off: swap it with the old certificate revoked.</source>
        <translation>Una unidad usada cuyo vehículo anterior sigue activo: cámbiela revocando el certificado antiguo.</translation>
    </message>
    <message>
        <source>A cloned unit: inform the security team.</source>
        <translation>Una unidad clonada: avise al equipo de seguridad.</translation>
    </message>
    <message>
        <source>The key of this telematics unit was used for another request.</source>
        <translation>La clave de esta unidad se usó para otra solicitud.</translation>
    </message>
    <message>
        <source>The unit did not make a new key: let it forget the old one.</source>
        <translation>La unidad no creó una clave nueva: haga que olvide la antigua.</translation>
    </message>
    <message>
        <source>This vehicle already has a valid certificate. Nothing was changed.</source>
        <translation>Este vehículo ya tiene un certificado válido. No se cambió nada.</translation>
    </message>
    <message>
        <source>Hold the vehicle and ask before it goes on.</source>
        <translation>Retenga el vehículo y pregunte antes de que siga.</translation>
    </message>
    <message>
        <source>A repaired vehicle with a new unit: use the unit swap, which revokes the old certificate.</source>
        <translation>Un vehículo reparado con unidad nueva: use el cambio de unidad, que revoca el certificado antiguo.</translation>
    </message>
    <message>
        <source>The vehicle was done at another station: look at the history.</source>
        <translation>El vehículo se hizo en otra estación: mire el historial.</translation>
    </message>
    <message>
        <source>The old telematics unit of this vehicle was replaced before.</source>
        <translation>La unidad anterior de este vehículo ya fue sustituida.</translation>
    </message>
    <message>
        <source>Look at the history of the vehicle before the next swap.</source>
        <translation>Mire el historial del vehículo antes del próximo cambio.</translation>
    </message>
    <message>
        <source>The certificate service knows this job with other contents.</source>
        <translation>El servicio de certificados conoce este trabajo con otro contenido.</translation>
    </message>
    <message>
        <source>Hold the vehicle. Do not scan again.</source>
        <translation>Retenga el vehículo. No escanee de nuevo.</translation>
    </message>
    <message>
        <source>Another unit was connected in the middle of the job.</source>
        <translation>Se conectó otra unidad a mitad del trabajo.</translation>
    </message>
    <message>
        <source>Close the case, then scan again: a new job begins.</source>
        <translation>Cierre el caso y escanee de nuevo: empieza un trabajo nuevo.</translation>
    </message>
    <message>
        <source>The certificate service has given this job to another authority.</source>
        <translation>El servicio de certificados pasó este trabajo a otra autoridad.</translation>
    </message>
    <message>
        <source>It passes by itself at the next scan.</source>
        <translation>Se resuelve solo en el próximo escaneo.</translation>
    </message>
    <message>
        <source>The certificate service has given up this job.</source>
        <translation>El servicio de certificados abandonó este trabajo.</translation>
    </message>
    <message>
        <source>The rules of the certificate service changed during the job.</source>
        <translation>Las reglas del servicio cambiaron durante el trabajo.</translation>
    </message>
    <message>
        <source>The certificate of this vehicle was revoked during the job.</source>
        <translation>El certificado de este vehículo se revocó durante el trabajo.</translation>
    </message>
    <message>
        <source>Ask who revoked it, and why, before a new one is issued.</source>
        <translation>Averigüe quién lo revocó y por qué antes de emitir otro.</translation>
    </message>
    <message>
        <source>This vehicle is on record under another identity.</source>
        <translation>Este vehículo está registrado con otra identidad.</translation>
    </message>
    <message>
        <source>Hold the vehicle. This station needs a technician.</source>
        <translation>Retenga el vehículo. Esta estación necesita un técnico.</translation>
    </message>
    <message>
        <source>The device id salt of this station or of the service was changed: compare the identity secrets.</source>
        <translation>La sal de identidad de la estación o del servicio cambió: compare los secretos de identidad.</translation>
    </message>
    <message>
        <source>The certificate service has reached its limit for this hour.</source>
        <translation>El servicio de certificados alcanzó su límite de esta hora.</translation>
    </message>
    <message>
        <source>Hold the vehicle and scan it again after that time.</source>
        <translation>Retenga el vehículo y escanéelo pasado ese tiempo.</translation>
    </message>
    <message>
        <source>More vehicles than planned, or a station that repeats itself: look at the history.</source>
        <translation>Más vehículos de lo previsto, o una estación que se repite: mire el historial.</translation>
    </message>
    <message>
        <source>This telematics unit got a certificate today. One per day is allowed.</source>
        <translation>Esta unidad ya recibió hoy un certificado. Se permite uno al día.</translation>
    </message>
    <message>
        <source>Hold the vehicle. A technician can allow another certificate.</source>
        <translation>Retenga el vehículo. Un técnico puede permitir otro certificado.</translation>
    </message>
    <message>
        <source>Find out why the first certificate was not enough.</source>
        <translation>Averigüe por qué no bastó el primer certificado.</translation>
    </message>
    <message>
        <source>An override needs a reason and a second person.</source>
        <translation>Una excepción requiere un motivo y una segunda persona.</translation>
    </message>
    <message>
        <source>The same security chip under another serial number: keep the unit for the security team.</source>
        <translation>El mismo chip con otro número de serie: guarde la unidad para el equipo de seguridad.</translation>
    </message>
    <message>
        <source>The certificate that came is not for this vehicle. It was not installed.</source>
        <translation>El certificado recibido no es de este vehículo. No se instaló.</translation>
    </message>
    <message>
        <source>The identity secrets of station and service differ.</source>
        <translation>Los secretos de identidad de estación y servicio difieren.</translation>
    </message>
    <message>
        <source>The certificate is revoked by itself.</source>
        <translation>El certificado se revoca solo.</translation>
    </message>
    <message>
        <source>The service mixed up two requests: report it.</source>
        <translation>El servicio confundió dos solicitudes: comuníquelo.</translation>
    </message>
    <message>
        <source>The certificate that came does not lead to the root that this station trusts.</source>
        <translation>El certificado recibido no lleva a la raíz en que confía esta estación.</translation>
    </message>
    <message>
        <source>The root certificate in the configuration.</source>
        <translation>El certificado raíz en la configuración.</translation>
    </message>
    <message>
        <source>The clock of the station.</source>
        <translation>El reloj de la estación.</translation>
    </message>
    <message>
        <source>A new root: all stations need it.</source>
        <translation>Una raíz nueva: todas las estaciones la necesitan.</translation>
    </message>
    <message>
        <source>The certificate that came is not one for vehicles. It was not installed.</source>
        <translation>El certificado recibido no es para vehículos. No se instaló.</translation>
    </message>
    <message>
        <source>Report it to the security team at once.</source>
        <translation>Avise de inmediato al equipo de seguridad.</translation>
    </message>
    <message>
        <source>The certificate that came cannot be read.</source>
        <translation>El certificado recibido no se puede leer.</translation>
    </message>
    <message>
        <source>Versions of station and service do not fit.</source>
        <translation>Las versiones de estación y servicio no encajan.</translation>
    </message>
    <message>
        <source>The telematics unit does not hold the certificate that was installed.</source>
        <translation>La unidad no contiene el certificado que se instaló.</translation>
    </message>
    <message>
        <source>Faulty memory of the unit: replace it.</source>
        <translation>Memoria defectuosa de la unidad: sustitúyala.</translation>
    </message>
    <message>
        <source>The telematics unit does not use the key that its certificate belongs to.</source>
        <translation>La unidad no usa la clave que corresponde a su certificado.</translation>
    </message>
    <message>
        <source>The certificate service cannot be reached.</source>
        <translation>No se puede contactar con el servicio de certificados.</translation>
    </message>
    <message>
        <source>Hold the vehicle and leave it connected. Press Enter to try again.</source>
        <translation>Retenga el vehículo y déjelo conectado. Pulse Intro para reintentar.</translation>
    </message>
    <message>
        <source>Network cable and switch of this station.</source>
        <translation>Cable de red y conmutador de esta estación.</translation>
    </message>
    <message>
        <source>The addresses of the service in the configuration.</source>
        <translation>Las direcciones del servicio en la configuración.</translation>
    </message>
    <message>
        <source>Ask the data centre whether the service is up.</source>
        <translation>Pregunte al centro de datos si el servicio funciona.</translation>
    </message>
    <message>
        <source>The certificate service did not answer in time.</source>
        <translation>El servicio de certificados no respondió a tiempo.</translation>
    </message>
    <message>
        <source>Slow network or an overloaded service.</source>
        <translation>Red lenta o servicio sobrecargado.</translation>
    </message>
    <message>
        <source>The next scan asks for the same certificate: nothing is issued twice.</source>
        <translation>El próximo escaneo pide el mismo certificado: nada se emite dos veces.</translation>
    </message>
    <message>
        <source>The certificate service cannot be reached or cannot sign.</source>
        <translation>No se puede contactar con el servicio de certificados o no puede firmar.</translation>
    </message>
    <message>
        <source>The signing device or the database of the service is down: its health page tells.</source>
        <translation>El firmador o la base de datos del servicio está caído: su página de estado lo dice.</translation>
    </message>
    <message>
        <source>The certificate service has a fault of its own.</source>
        <translation>El servicio de certificados tiene un fallo propio.</translation>
    </message>
    <message>
        <source>Send the job number to the people who run the service.</source>
        <translation>Envíe el número de trabajo a quienes operan el servicio.</translation>
    </message>
    <message>
        <source>The certificate service gave an answer that cannot be read.</source>
        <translation>El servicio de certificados dio una respuesta ilegible.</translation>
    </message>
    <message>
        <source>The certificate service does not accept this station.</source>
        <translation>El servicio de certificados no acepta esta estación.</translation>
    </message>
    <message>
        <source>The station&apos;s certificate has expired or was revoked.</source>
        <translation>El certificado de la estación caducó o fue revocado.</translation>
    </message>
    <message>
        <source>The address of the certificate service is wrong.</source>
        <translation>La dirección del servicio de certificados es incorrecta.</translation>
    </message>
    <message>
        <source>The station&apos;s certificate lacks the role of a station.</source>
        <translation>Al certificado de la estación le falta el rol de estación.</translation>
    </message>
    <message>
        <source>The certificate service cannot write down which vehicle it serves.</source>
        <translation>El servicio no puede registrar a qué vehículo atiende.</translation>
    </message>
    <message>
        <source>The vault&apos;s database of the service is down: its health page tells.</source>
        <translation>La base de datos de la bóveda está caída: su página de estado lo dice.</translation>
    </message>
    <message>
        <source>The certificate service cannot judge security chips: its list of makers has expired.</source>
        <translation>El servicio no puede evaluar chips de seguridad: su lista de fabricantes caducó.</translation>
    </message>
    <message>
        <source>The service needs a new bundle of trusted makers. The unit is not at fault.</source>
        <translation>El servicio necesita una lista nueva de fabricantes. La unidad no tiene la culpa.</translation>
    </message>
    <message>
        <source>The signing device of the certificate service does not work.</source>
        <translation>El firmador del servicio de certificados no funciona.</translation>
    </message>
    <message>
        <source>Without a backup authority the line stands: inform the people who run the service.</source>
        <translation>Sin autoridad de reserva la línea se para: avise a quienes operan el servicio.</translation>
    </message>
    <message>
        <source>The disk of this station is full. It does nothing that it could not write down.</source>
        <translation>El disco de esta estación está lleno. No hace nada que no pueda registrar.</translation>
    </message>
    <message>
        <source>Free space on the disk of the journal, then try again.</source>
        <translation>Libere espacio en el disco del diario y reintente.</translation>
    </message>
    <message>
        <source>Another program holds the journal of this station.</source>
        <translation>Otro programa retiene el diario de esta estación.</translation>
    </message>
    <message>
        <source>A backup or a second station program has the file open.</source>
        <translation>Una copia de seguridad o un segundo programa tiene abierto el archivo.</translation>
    </message>
    <message>
        <source>The journal of this station is damaged.</source>
        <translation>El diario de esta estación está dañado.</translation>
    </message>
    <message>
        <source>Keep the file: its open jobs and reports are in it. Start with a new one and look for the cause.</source>
        <translation>Conserve el archivo: contiene trabajos e informes abiertos. Empiece uno nuevo y busque la causa.</translation>
    </message>
    <message>
        <source>The disk of this station has a fault.</source>
        <translation>El disco de esta estación tiene un fallo.</translation>
    </message>
    <message>
        <source>Look for disk errors in the system log and replace the disk.</source>
        <translation>Busque errores de disco en el registro del sistema y cambie el disco.</translation>
    </message>
    <message>
        <source>The journal was written by a newer version of this program.</source>
        <translation>El diario es de una versión más nueva de este programa.</translation>
    </message>
    <message>
        <source>Install the newer version again.</source>
        <translation>Instale de nuevo la versión más nueva.</translation>
    </message>
    <message>
        <source>The journal of this station cannot be opened.</source>
        <translation>No se puede abrir el diario de esta estación.</translation>
    </message>
    <message>
        <source>The folder must exist and belong to the station&apos;s user.</source>
        <translation>La carpeta debe existir y pertenecer al usuario de la estación.</translation>
    </message>
    <message>
        <source>Another program of this station is working on the vehicle.</source>
        <translation>Otro programa de esta estación trabaja en el vehículo.</translation>
    </message>
    <message>
        <source>A second window or a command line run has the slot.</source>
        <translation>Una segunda ventana o una línea de órdenes ocupa el puesto.</translation>
    </message>
    <message>
        <source>A second window or a command line run has the vehicle.</source>
        <translation>Una segunda ventana o una línea de órdenes tiene el vehículo.</translation>
    </message>
    <message>
        <source>The station itself is out of order.</source>
        <translation>La propia estación está averiada.</translation>
    </message>
    <message>
        <source>The window was started for a slot that the configuration does not have.</source>
        <translation>La ventana se inició para un puesto que no está en la configuración.</translation>
    </message>
    <message>
        <source>No random numbers from the system: restart the station.</source>
        <translation>El sistema no da números aleatorios: reinicie la estación.</translation>
    </message>
    <message>
        <source>Look at the station&apos;s log.</source>
        <translation>Mire el registro de la estación.</translation>
    </message>
</context>
<context>
    <name>CycleBar</name>
    <message>
        <source>%1 s: %2 s over the target of %3 s</source>
        <translation>%1 s: %2 s por encima del objetivo de %3 s</translation>
    </message>
    <message>
        <source>%1 s of %2 s</source>
        <translation>%1 s de %2 s</translation>
    </message>
</context>
<context>
    <name>CyclePage</name>
    <message>
        <source>Seconds per vehicle, one after the other</source>
        <translation>Segundos por vehículo, uno tras otro</translation>
    </message>
    <message>
        <source>Vehicles by seconds, target dashed</source>
        <translation>Vehículos por segundos, objetivo a trazos</translation>
    </message>
    <message>
        <source>The journal cannot be read.</source>
        <translation>El diario no se puede leer.</translation>
    </message>
    <message>
        <source>No vehicle has passed in this period.</source>
        <translation>En este periodo no ha pasado ningún vehículo.</translation>
    </message>
    <message numerus="yes">
        <source>%n vehicle(s) passed</source>
        <translation>
            <numerusform>%n vehículo correcto</numerusform>
            <numerusform>%n vehículos correctos</numerusform>
        </translation>
    </message>
    <message>
        <source>median</source>
        <translation>mediana</translation>
    </message>
    <message>
        <source>90 % within</source>
        <translation>90 % hasta</translation>
    </message>
    <message>
        <source>target %1 s</source>
        <translation>objetivo %1 s</translation>
    </message>
    <message>
        <source>Steps: median · 90 % within</source>
        <translation>Pasos: mediana · 90 % hasta</translation>
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
        <translation>Adónde</translation>
    </message>
    <message>
        <source>No stick and no export folder: put a stick in.</source>
        <translation>Ni memoria USB ni carpeta: conecte una memoria.</translation>
    </message>
    <message>
        <source>Stick</source>
        <translation>Memoria</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Carpeta</translation>
    </message>
    <message>
        <source>Report: counts, yield, cycle times and causes. Batch: the runs of this station and the signed records of the gateway, to be verified anywhere.</source>
        <translation>Informe: cifras, rendimiento, tiempos de ciclo y causas. Lote: las pasadas de esta estación y los registros firmados del gateway, verificables en cualquier lugar.</translation>
    </message>
    <message>
        <source>Shift report (PDF)</source>
        <translation>Informe de turno (PDF)</translation>
    </message>
    <message>
        <source>Audit batch</source>
        <translation>Lote de auditoría</translation>
    </message>
    <message>
        <source>Being written …</source>
        <translation>Escribiendo …</translation>
    </message>
</context>
<context>
    <name>FooterBar</name>
    <message>
        <source>Gateway</source>
        <translation>Servicio</translation>
    </message>
    <message>
        <source>Vehicle bus</source>
        <translation>Bus del vehículo</translation>
    </message>
    <message>
        <source>Screen smaller than 10 inch</source>
        <translation>Pantalla menor de 10 pulgadas</translation>
    </message>
    <message numerus="yes">
        <source>%n report(s) waiting</source>
        <translation>
            <numerusform>%n informe en espera</numerusform>
            <numerusform>%n informes en espera</numerusform>
        </translation>
    </message>
    <message>
        <source>Scanner</source>
        <translation>Lector</translation>
    </message>
    <message>
        <source>Scanner: window not active</source>
        <translation>Lector: ventana no activa</translation>
    </message>
</context>
<context>
    <name>HeaderBar</name>
    <message>
        <source>Slot %1</source>
        <translation>Puesto %1</translation>
    </message>
    <message>
        <source>SIMULATION</source>
        <translation>SIMULACIÓN</translation>
    </message>
</context>
<context>
    <name>HistoryPage</name>
    <message>
        <source>Scan or type: VIN, unit, serial</source>
        <translation>Escanee o escriba: VIN, unidad</translation>
    </message>
    <message>
        <source>Clear the search</source>
        <translation>Borrar la búsqueda</translation>
    </message>
    <message numerus="yes">
        <source>%n run(s)</source>
        <translation>
            <numerusform>%n pasada</numerusform>
            <numerusform>%n pasadas</numerusform>
        </translation>
    </message>
    <message>
        <source>The journal cannot be read.</source>
        <translation>El diario no se puede leer.</translation>
    </message>
    <message>
        <source>Nothing of this kind in this period.</source>
        <translation>Nada así en este periodo.</translation>
    </message>
</context>
<context>
    <name>LinkLamp</name>
    <message>
        <source>no connection</source>
        <translation>sin conexión</translation>
    </message>
</context>
<context>
    <name>LoginScreen</name>
    <message>
        <source>Scan your badge</source>
        <translation>Escanee su tarjeta</translation>
    </message>
    <message>
        <source>One moment …</source>
        <translation>Un momento …</translation>
    </message>
    <message>
        <source>Or choose your name and type your PIN.</source>
        <translation>O elija su nombre y teclee el PIN.</translation>
    </message>
    <message>
        <source>The station is locked until somebody logs in.</source>
        <translation>La estación está bloqueada hasta que alguien se identifique.</translation>
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
        <translation>Estación V2C</translation>
    </message>
</context>
<context>
    <name>OperatorText</name>
    <message>
        <source>The telematics unit refuses to be provisioned.</source>
        <translation>La unidad telemática rechaza el aprovisionamiento.</translation>
    </message>
    <message>
        <source>The telematics unit could not create a valid key.</source>
        <translation>La unidad telemática no pudo crear una clave válida.</translation>
    </message>
    <message>
        <source>The telematics unit could not prove that its key is inside a genuine security chip.</source>
        <translation>La unidad no pudo demostrar que su clave está en un chip de seguridad auténtico.</translation>
    </message>
    <message>
        <source>The key of the telematics unit was refused when the certificate was to be signed.</source>
        <translation>La clave de la unidad fue rechazada al firmar el certificado.</translation>
    </message>
    <message>
        <source>The telematics unit could not store its certificate.</source>
        <translation>La unidad no pudo guardar su certificado.</translation>
    </message>
    <message>
        <source>The telematics unit does not hold the certificate that was installed.</source>
        <translation>La unidad no contiene el certificado que se instaló.</translation>
    </message>
    <message>
        <source>The telematics unit failed after its certificate was installed.</source>
        <translation>La unidad falló después de instalar el certificado.</translation>
    </message>
    <message>
        <source>Reject this telematics unit. Replace it, then scan the vehicle again.</source>
        <translation>Rechace esta unidad telemática. Sustitúyala y escanee el vehículo de nuevo.</translation>
    </message>
    <message>
        <source>The station itself is out of order.</source>
        <translation>La propia estación está averiada.</translation>
    </message>
    <message>
        <source>Hold the vehicle. This station needs a technician.</source>
        <translation>Retenga el vehículo. Esta estación necesita un técnico.</translation>
    </message>
    <message>
        <source>The rules of the plant do not allow this vehicle to be provisioned.</source>
        <translation>Las reglas de la planta no permiten este vehículo.</translation>
    </message>
    <message>
        <source>Hold the vehicle. Do not scan again.</source>
        <translation>Retenga el vehículo. No escanee de nuevo.</translation>
    </message>
    <message numerus="yes">
        <source>Possible again in %n minute(s).</source>
        <translation>
            <numerusform>Posible de nuevo en %n minuto.</numerusform>
            <numerusform>Posible de nuevo en %n minutos.</numerusform>
        </translation>
    </message>
    <message>
        <source>Possible again in %1 h %2 min.</source>
        <translation>Posible de nuevo en %1 h %2 min.</translation>
    </message>
    <message>
        <source>HTTP %1</source>
        <translation>HTTP %1</translation>
    </message>
    <message>
        <source>job %1</source>
        <translation>trabajo %1</translation>
    </message>
    <message>
        <source>FAIL</source>
        <translation>FALLO</translation>
    </message>
    <message>
        <source>STATION FAULT</source>
        <translation>FALLO DE ESTACIÓN</translation>
    </message>
    <message>
        <source>WRONG VEHICLE</source>
        <translation>OTRO VEHÍCULO</translation>
    </message>
    <message>
        <source>REFUSED</source>
        <translation>RECHAZADO</translation>
    </message>
    <message>
        <source>Character %1 is “%2”. A VIN has digits and letters, but no I, O or Q.</source>
        <translation>El carácter %1 es «%2». Un VIN tiene cifras y letras, pero no I, O ni Q.</translation>
    </message>
    <message>
        <source>A VIN has digits and letters, but no I, O or Q.</source>
        <translation>Un VIN tiene cifras y letras, pero no I, O ni Q.</translation>
    </message>
    <message>
        <source>A VIN has 17 characters, this has %1.</source>
        <translation>Un VIN tiene 17 caracteres, este tiene %1.</translation>
    </message>
    <message>
        <source>The check digit, character 9, does not fit: misread or mistyped.</source>
        <translation>El dígito de control, carácter 9, no coincide: mal leído o mal tecleado.</translation>
    </message>
    <message>
        <source>This line does not build vehicles whose VIN begins like this.</source>
        <translation>Esta línea no fabrica vehículos cuyo VIN empiece así.</translation>
    </message>
    <message>
        <source>The check character at the end of the label does not fit: misread.</source>
        <translation>El carácter de control al final de la etiqueta no coincide: mal leído.</translation>
    </message>
    <message>
        <source>Two different VINs came in one scan.</source>
        <translation>Llegaron dos VIN distintos en un escaneo.</translation>
    </message>
    <message>
        <source>This code holds no VIN.</source>
        <translation>Este código no contiene un VIN.</translation>
    </message>
</context>
<context>
    <name>PassScreen</name>
    <message>
        <source>Certificate serial</source>
        <translation>Número de certificado</translation>
    </message>
    <message>
        <source>Duration %1</source>
        <translation>Duración %1</translation>
    </message>
    <message>
        <source>went on after an interruption</source>
        <translation>reanudado tras interrupción</translation>
    </message>
    <message>
        <source>the report waits for the gateway</source>
        <translation>informe en espera del servicio</translation>
    </message>
    <message>
        <source>Next: scan the VIN of the next vehicle</source>
        <translation>Siguiente: escanee el VIN del próximo vehículo</translation>
    </message>
    <message>
        <source>The label is being printed …</source>
        <translation>Se imprime la etiqueta …</translation>
    </message>
    <message>
        <source>No label: look after the printer, then print again.</source>
        <translation>Sin etiqueta: revise la impresora e imprima otra vez.</translation>
    </message>
    <message>
        <source>Label printed. Next: scan the VIN of the next vehicle</source>
        <translation>Etiqueta impresa. Siguiente: escanee el VIN del próximo vehículo</translation>
    </message>
</context>
<context>
    <name>ProblemScreen</name>
    <message>
        <source>Nothing is wrong with the vehicle.</source>
        <translation>El vehículo está bien.</translation>
    </message>
    <message>
        <source>What to do now</source>
        <translation>Qué hacer ahora</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Qué ha pasado</translation>
    </message>
    <message>
        <source>Vehicle</source>
        <translation>Vehículo</translation>
    </message>
    <message>
        <source>The shift lead</source>
        <translation>El jefe de turno</translation>
    </message>
</context>
<context>
    <name>QueueScreen</name>
    <message>
        <source>Waiting for a technician</source>
        <translation>Esperan a un técnico</translation>
    </message>
    <message numerus="yes">
        <source>%n vehicle(s)</source>
        <translation>
            <numerusform>%n vehículo</numerusform>
            <numerusform>%n vehículos</numerusform>
        </translation>
    </message>
    <message>
        <source>Nobody waits. A unit that fails, a refused vehicle and a call by F4 come here.</source>
        <translation>Nadie espera. Aquí llegan unidades fallidas, vehículos rechazados y llamadas con F4.</translation>
    </message>
    <message>
        <source>new</source>
        <translation>nuevo</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Atrás</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>Records</source>
        <translation>Datos</translation>
    </message>
    <message>
        <source>Self-test</source>
        <translation>Autoprueba</translation>
    </message>
</context>
<context>
    <name>ReadyScreen</name>
    <message>
        <source>Scan VIN</source>
        <translation>Escanear VIN</translation>
    </message>
    <message>
        <source>Ready to scan</source>
        <translation>Listo para escanear</translation>
    </message>
    <message>
        <source>Not ready: touch this window</source>
        <translation>No listo: toque esta ventana</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>Cola</translation>
    </message>
</context>
<context>
    <name>RecordsScreen</name>
    <message>
        <source>Runs</source>
        <translation>Pasadas</translation>
    </message>
    <message>
        <source>Cycle time</source>
        <translation>Ciclo</translation>
    </message>
    <message>
        <source>Yield</source>
        <translation>Rendimiento</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportar</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Atrás</translation>
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
        <translation>%1 escaneados = %2 correctos + %3 fallidos + %4 abiertos</translation>
    </message>
    <message>
        <source>Shift report</source>
        <translation>Informe de turno</translation>
    </message>
    <message>
        <source>Vehicles</source>
        <translation>Vehículos</translation>
    </message>
    <message>
        <source>Passed at the first try: %1 of those that ended</source>
        <translation>Correctos al primer intento: %1 de los terminados</translation>
    </message>
    <message>
        <source>By the hour</source>
        <translation>Por horas</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Desde</translation>
    </message>
    <message>
        <source>Scanned</source>
        <translation>Escaneados</translation>
    </message>
    <message>
        <source>Passed</source>
        <translation>Correctos</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fallidos</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Abiertos</translation>
    </message>
    <message>
        <source>Cycle time</source>
        <translation>Ciclo</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>Paso</translation>
    </message>
    <message>
        <source>Number</source>
        <translation>Número</translation>
    </message>
    <message>
        <source>Median</source>
        <translation>Mediana</translation>
    </message>
    <message>
        <source>90 % within</source>
        <translation>90 % hasta</translation>
    </message>
    <message>
        <source>Causes</source>
        <translation>Causas</translation>
    </message>
    <message>
        <source>Cause</source>
        <translation>Causa</translation>
    </message>
    <message>
        <source>Vehicles that did not pass</source>
        <translation>Vehículos que no pasaron</translation>
    </message>
    <message>
        <source>Begun</source>
        <translation>Inicio</translation>
    </message>
    <message>
        <source>VIN</source>
        <translation>VIN</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>Resultado</translation>
    </message>
    <message>
        <source>Transaction</source>
        <translation>Transacción</translation>
    </message>
    <message>
        <source>Made %1</source>
        <translation>Creado %1</translation>
    </message>
    <message>
        <source>Whole vehicle</source>
        <translation>Vehículo completo</translation>
    </message>
</context>
<context>
    <name>RunDetail</name>
    <message>
        <source>Begun · ended · worked</source>
        <translation>Inicio · fin · trabajo</translation>
    </message>
    <message>
        <source>Unit</source>
        <translation>Unidad</translation>
    </message>
    <message>
        <source>Certificate</source>
        <translation>Certificado</translation>
    </message>
    <message>
        <source>Transaction</source>
        <translation>Transacción</translation>
    </message>
    <message>
        <source>The result is kept here until the gateway takes it.</source>
        <translation>El resultado se guarda aquí hasta que el gateway lo acepte.</translation>
    </message>
</context>
<context>
    <name>RunningScreen</name>
    <message>
        <source>In work, leave the vehicle connected</source>
        <translation>En curso, no desconecte</translation>
    </message>
</context>
<context>
    <name>SelfTestScreen</name>
    <message>
        <source>Self-test</source>
        <translation>Autoprueba</translation>
    </message>
    <message>
        <source>Being tested …</source>
        <translation>Probando …</translation>
    </message>
    <message>
        <source>Tested at %1</source>
        <translation>Probado a las %1</translation>
    </message>
    <message>
        <source>Scanner</source>
        <translation>Lector</translation>
    </message>
    <message>
        <source>Printed:</source>
        <translation>Impreso:</translation>
    </message>
    <message>
        <source>Arrived:</source>
        <translation>Llegó:</translation>
    </message>
    <message>
        <source>Test again</source>
        <translation>Probar</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Atrás</translation>
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
        <translation>Este turno</translation>
    </message>
    <message>
        <source>scanned</source>
        <translation>escaneados</translation>
    </message>
    <message>
        <source>passed</source>
        <translation>buenos</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fallidos</translation>
    </message>
    <message>
        <source>open</source>
        <translation>abiertos</translation>
    </message>
</context>
<context>
    <name>Step</name>
    <message>
        <source>Connect to the unit</source>
        <translation>Conectar con la unidad</translation>
    </message>
    <message>
        <source>Compare the VIN</source>
        <translation>Comparar el VIN</translation>
    </message>
    <message>
        <source>Create the key</source>
        <translation>Crear la clave</translation>
    </message>
    <message>
        <source>Prove the key</source>
        <translation>Probar la clave</translation>
    </message>
    <message>
        <source>Sign the certificate</source>
        <translation>Firmar el certificado</translation>
    </message>
    <message>
        <source>Install the certificate</source>
        <translation>Instalar el certificado</translation>
    </message>
    <message>
        <source>Check what was installed</source>
        <translation>Comprobar lo instalado</translation>
    </message>
    <message>
        <source>Report the result</source>
        <translation>Informar el resultado</translation>
    </message>
</context>
<context>
    <name>TimeLeft</name>
    <message>
        <source>Over the takt</source>
        <translation>Fuera de takt</translation>
    </message>
    <message>
        <source>Time left</source>
        <translation>Quedan</translation>
    </message>
    <message>
        <source>seconds</source>
        <translation>segundos</translation>
    </message>
</context>
<context>
    <name>VinComparison</name>
    <message>
        <source>Label scanned</source>
        <translation>Etiqueta</translation>
    </message>
    <message>
        <source>Connected vehicle</source>
        <translation>Vehículo</translation>
    </message>
</context>
<context>
    <name>WrongVehicleScreen</name>
    <message>
        <source>What to do now</source>
        <translation>Qué hacer ahora</translation>
    </message>
    <message>
        <source>The shift lead</source>
        <translation>El jefe de turno</translation>
    </message>
</context>
<context>
    <name>YieldPage</name>
    <message numerus="yes">
        <source>Vehicles per %n hour(s)</source>
        <translation>
            <numerusform>Vehículos por %n hora</numerusform>
            <numerusform>Vehículos por %n horas</numerusform>
        </translation>
    </message>
    <message>
        <source>The journal cannot be read.</source>
        <translation>El diario no se puede leer.</translation>
    </message>
    <message>
        <source>No vehicle was scanned in this period.</source>
        <translation>En este periodo no se escaneó ningún vehículo.</translation>
    </message>
    <message>
        <source>Scanned %1</source>
        <translation>Escaneados %1</translation>
    </message>
    <message>
        <source>Passed</source>
        <translation>Correctos</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fallidos</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Abiertos</translation>
    </message>
    <message>
        <source>Passed at the first try: %1 of those that ended</source>
        <translation>Correctos al primer intento: %1 de los terminados</translation>
    </message>
    <message>
        <source>Most frequent causes</source>
        <translation>Causas más frecuentes</translation>
    </message>
</context>
<context>
    <name>station::CaseModel</name>
    <message>
        <source>Somebody else has taken this case.</source>
        <translation>Otra persona tiene este caso.</translation>
    </message>
    <message>
        <source>This case was closed meanwhile.</source>
        <translation>Este caso se cerró entretanto.</translation>
    </message>
    <message>
        <source>The queue cannot be read or written.</source>
        <translation>No se puede leer ni escribir la cola.</translation>
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
        <translation>%1 se ocupa</translation>
    </message>
    <message>
        <source>Technician called, waiting %1</source>
        <translation>Técnico llamado, espera %1</translation>
    </message>
    <message>
        <source>Unit replaced</source>
        <translation>Unidad sustituida</translation>
    </message>
    <message>
        <source>Cabling repaired</source>
        <translation>Cableado reparado</translation>
    </message>
    <message>
        <source>Vehicle or label corrected</source>
        <translation>Vehículo o etiqueta corregidos</translation>
    </message>
    <message>
        <source>Station repaired</source>
        <translation>Estación reparada</translation>
    </message>
    <message>
        <source>Sent to rework</source>
        <translation>A retrabajo</translation>
    </message>
</context>
<context>
    <name>station::ExportModel</name>
    <message>
        <source>%1 MB free</source>
        <translation>%1 MB libres</translation>
    </message>
    <message>
        <source>Report written and read back: %1</source>
        <translation>Informe escrito y releído: %1</translation>
    </message>
    <message numerus="yes">
        <source>Batch written and verified: %1, %n run(s).</source>
        <translation>
            <numerusform>Lote escrito y verificado: %1, %n pasada.</numerusform>
            <numerusform>Lote escrito y verificado: %1, %n pasadas.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n record(s) of the gateway.</source>
        <translation>
            <numerusform>%n registro del gateway.</numerusform>
            <numerusform>%n registros del gateway.</numerusform>
        </translation>
    </message>
    <message>
        <source>The gateway&apos;s records are not in it: %1.</source>
        <translation>Faltan los registros del gateway: %1.</translation>
    </message>
    <message>
        <source>Stick or folder is gone. Nothing usable was written: put it back and export again.</source>
        <translation>La memoria o carpeta ya no está. No se escribió nada útil: vuelva a conectarla y exporte otra vez.</translation>
    </message>
    <message>
        <source>No room left there. Nothing usable was written: make room and export again.</source>
        <translation>No queda espacio. No se escribió nada útil: libere espacio y exporte otra vez.</translation>
    </message>
    <message>
        <source>Stick or folder cannot be written to.</source>
        <translation>No se puede escribir en la memoria o carpeta.</translation>
    </message>
    <message>
        <source>What was read back is not what was written. Take another stick.</source>
        <translation>Lo releído no es lo escrito. Use otra memoria.</translation>
    </message>
    <message>
        <source>The journal cannot be read.</source>
        <translation>El diario no se puede leer.</translation>
    </message>
    <message>
        <source>The export failed: %1</source>
        <translation>La exportación falló: %1</translation>
    </message>
</context>
<context>
    <name>station::HistoryModel</name>
    <message>
        <source>All results</source>
        <translation>Todos los resultados</translation>
    </message>
    <message>
        <source>Passed</source>
        <translation>Correctos</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fallidos</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Abiertos</translation>
    </message>
    <message>
        <source>begun</source>
        <translation>iniciado</translation>
    </message>
    <message>
        <source>attempt %1</source>
        <translation>intento %1</translation>
    </message>
</context>
<context>
    <name>station::PeriodModel</name>
    <message>
        <source>This shift</source>
        <translation>Este turno</translation>
    </message>
    <message>
        <source>Last shift</source>
        <translation>Turno anterior</translation>
    </message>
    <message>
        <source>24 hours</source>
        <translation>24 horas</translation>
    </message>
    <message>
        <source>7 days</source>
        <translation>7 días</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Todo</translation>
    </message>
    <message>
        <source>all that the station keeps</source>
        <translation>todo lo que guarda la estación</translation>
    </message>
</context>
<context>
    <name>station::RunModel</name>
    <message>
        <source>Typing does not count</source>
        <translation>Teclear no cuenta</translation>
    </message>
    <message>
        <source>Scan the label, or call a technician.</source>
        <translation>Escanee la etiqueta o llame a un técnico.</translation>
    </message>
    <message>
        <source>Typed once</source>
        <translation>Tecleado una vez</translation>
    </message>
    <message>
        <source>Type the VIN a second time from the label.</source>
        <translation>Teclee el VIN otra vez desde la etiqueta.</translation>
    </message>
    <message>
        <source>Typed differently</source>
        <translation>Tecleado distinto</translation>
    </message>
    <message>
        <source>Character %1 was another one the first time. Type the VIN again, twice.</source>
        <translation>El carácter %1 era otro la primera vez. Teclee el VIN de nuevo, dos veces.</translation>
    </message>
    <message>
        <source>Already running</source>
        <translation>Ya en curso</translation>
    </message>
    <message>
        <source>This vehicle is in work.</source>
        <translation>Este vehículo está en curso.</translation>
    </message>
    <message>
        <source>Scan refused</source>
        <translation>Escaneo rechazado</translation>
    </message>
    <message>
        <source>Another vehicle is in work. Wait, then scan again.</source>
        <translation>Hay otro vehículo en curso. Espere y escanee de nuevo.</translation>
    </message>
    <message>
        <source>Double scan ignored</source>
        <translation>Escaneo doble ignorado</translation>
    </message>
    <message>
        <source>This vehicle was scanned a moment ago.</source>
        <translation>Este vehículo se escaneó hace un momento.</translation>
    </message>
    <message>
        <source>Scan once more</source>
        <translation>Escanee otra vez</translation>
    </message>
    <message>
        <source>The check digit does not fit: the second reading decides.</source>
        <translation>El dígito de control no coincide: decide la segunda lectura.</translation>
    </message>
    <message>
        <source>Not a VIN</source>
        <translation>No es un VIN</translation>
    </message>
    <message>
        <source>PASS</source>
        <translation>CORRECTO</translation>
    </message>
</context>
<context>
    <name>station::SelfTestModel</name>
    <message>
        <source>Vehicle bus of slot %1</source>
        <translation>Bus del vehículo del puesto %1</translation>
    </message>
    <message>
        <source>Certificate service</source>
        <translation>Servicio de certificados</translation>
    </message>
    <message>
        <source>Clock</source>
        <translation>Reloj</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>Disco</translation>
    </message>
    <message>
        <source>Journal</source>
        <translation>Diario</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>listo</translation>
    </message>
    <message>
        <source>not there or switched off</source>
        <translation>ausente o apagado</translation>
    </message>
    <message>
        <source>only a vehicle can tell</source>
        <translation>solo un vehículo lo dirá</translation>
    </message>
    <message>
        <source>kept right by the network</source>
        <translation>ajustado por la red</translation>
    </message>
    <message>
        <source>not kept right by the network</source>
        <translation>no ajustado por la red</translation>
    </message>
    <message>
        <source>a backup is in use</source>
        <translation>una reserva está en uso</translation>
    </message>
    <message>
        <source>cannot be written</source>
        <translation>no se puede escribir</translation>
    </message>
    <message>
        <source>%1 free</source>
        <translation>%1 libres</translation>
    </message>
    <message>
        <source>Scan the code of the technician guide.</source>
        <translation>Escanee el código de la guía del técnico.</translation>
    </message>
    <message>
        <source>Everything arrives as it is printed.</source>
        <translation>Todo llega tal como está impreso.</translation>
    </message>
    <message>
        <source>Everything arrives, but slowly as if typed: switch off the scanner&apos;s pauses between keys.</source>
        <translation>Todo llega, pero lento como tecleado: desactive las pausas entre teclas del lector.</translation>
    </message>
    <message>
        <source>Y and Z are swapped: the station expects a German keyboard, the scanner types an English one.</source>
        <translation>Y y Z están cambiadas: la estación espera un teclado alemán, el lector escribe uno inglés.</translation>
    </message>
    <message>
        <source>Digits arrive as other characters: the station expects a French keyboard.</source>
        <translation>Las cifras llegan como otros caracteres: la estación espera un teclado francés.</translation>
    </message>
    <message>
        <source>Letters arrive in lower case: switch Caps Lock off.</source>
        <translation>Las letras llegan en minúscula: desactive Bloq Mayús.</translation>
    </message>
    <message>
        <source>Letters and digits are right, other characters are not: set the same keyboard layout in scanner and station.</source>
        <translation>Letras y cifras son correctas, otros caracteres no: ponga la misma distribución de teclado en lector y estación.</translation>
    </message>
    <message>
        <source>This is not the code of the technician guide, or characters got lost.</source>
        <translation>No es el código de la guía del técnico, o se perdieron caracteres.</translation>
    </message>
</context>
<context>
    <name>station::SessionModel</name>
    <message>
        <source>Operator</source>
        <translation>Operario</translation>
    </message>
    <message>
        <source>Technician</source>
        <translation>Técnico</translation>
    </message>
    <message>
        <source>Supervisor</source>
        <translation>Supervisor</translation>
    </message>
    <message>
        <source>Choose your name first, then type your PIN.</source>
        <translation>Elija primero su nombre y teclee el PIN.</translation>
    </message>
    <message>
        <source>This badge is not known at this station.</source>
        <translation>Esta tarjeta no se conoce en esta estación.</translation>
    </message>
    <message>
        <source>Wrong PIN.</source>
        <translation>PIN incorrecto.</translation>
    </message>
    <message numerus="yes">
        <source>Too many wrong PINs. Possible again in %n minute(s).</source>
        <translation>
            <numerusform>Demasiados PIN incorrectos. Posible en %n minuto.</numerusform>
            <numerusform>Demasiados PIN incorrectos. Posible en %n minutos.</numerusform>
        </translation>
    </message>
    <message>
        <source>The station cannot read who may use it. Call a technician.</source>
        <translation>La estación no puede leer sus usuarios. Llame a un técnico.</translation>
    </message>
</context>
<context>
    <name>station::StationModel</name>
    <message>
        <source>The station cannot read its journal: no vehicle can be done.</source>
        <translation>La estación no puede leer su diario: no se puede hacer ningún vehículo.</translation>
    </message>
    <message>
        <source>Certificate service away since %1: no new certificates, results are kept.</source>
        <translation>Servicio caído desde %1: sin certificados nuevos, los resultados se guardan.</translation>
    </message>
    <message numerus="yes">
        <source>%n result(s) kept here, being sent.</source>
        <translation>
            <numerusform>%n resultado guardado, enviándose.</numerusform>
            <numerusform>%n resultados guardados, enviándose.</numerusform>
        </translation>
    </message>
    <message>
        <source>Backup certificate authority in use since %1: work goes on.</source>
        <translation>Autoridad de reserva en uso desde %1: el trabajo sigue.</translation>
    </message>
    <message>
        <source>Backup certificate service in use since %1: work goes on.</source>
        <translation>Servicio de reserva en uso desde %1: el trabajo sigue.</translation>
    </message>
    <message>
        <source>Slot %1 was interrupted. Scan this vehicle: the work goes on where it stopped.</source>
        <translation>El puesto %1 se interrumpió. Escanee este vehículo: sigue donde se detuvo.</translation>
    </message>
    <message numerus="yes">
        <source>%n more vehicle(s) wait like this.</source>
        <translation>
            <numerusform>%n vehículo más espera así.</numerusform>
            <numerusform>%n vehículos más esperan así.</numerusform>
        </translation>
    </message>
    <message>
        <source>Unfinished</source>
        <translation>Sin terminar</translation>
    </message>
</context>
<context>
    <name>station::StepListModel</name>
    <message>
        <source>skipped</source>
        <translation>omitido</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>espera</translation>
    </message>
    <message>
        <source>retry %1 of %2</source>
        <translation>intento %1 de %2</translation>
    </message>
    <message>
        <source>running</source>
        <translation>en curso</translation>
    </message>
    <message>
        <source>done</source>
        <translation>hecho</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fallidos</translation>
    </message>
</context>
</TS>
