<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh" sourcelanguage="en">
<context>
    <name>BandBar</name>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>还有 %n 项</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>BottomRow</name>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>回车</translation>
    </message>
    <message>
        <source>Whom to call</source>
        <translation>呼叫谁</translation>
    </message>
    <message>
        <source>Call</source>
        <translation>呼叫</translation>
    </message>
    <message>
        <source>Print</source>
        <translation>打印</translation>
    </message>
</context>
<context>
    <name>CaseDetail</name>
    <message>
        <source>What likely helps</source>
        <translation>可能的解决办法</translation>
    </message>
    <message>
        <source>On the wire, newest last</source>
        <translation>总线记录，最新在后</translation>
    </message>
    <message>
        <source>Nothing was said: the unit was not reached.</source>
        <translation>无通信：未能连到终端。</translation>
    </message>
    <message>
        <source>Waiting %1</source>
        <translation>已等待 %1</translation>
    </message>
    <message>
        <source>taken by %1</source>
        <translation>由 %1 接手</translation>
    </message>
    <message>
        <source>nobody has taken it</source>
        <translation>尚无人接手</translation>
    </message>
    <message>
        <source>Take over</source>
        <translation>接手</translation>
    </message>
    <message>
        <source>Done …</source>
        <translation>完成…</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
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
        <translation>车载终端没有应答。</translation>
    </message>
    <message>
        <source>Check the plug and the ignition. Press Enter to try again.</source>
        <translation>检查插头和点火开关。按回车重试。</translation>
    </message>
    <message>
        <source>Plug, cable and adapter: try those of the next slot.</source>
        <translation>插头、线缆和适配器：换用相邻工位的试一试。</translation>
    </message>
    <message>
        <source>Ignition and supply of the unit: it needs 9 to 16 volts.</source>
        <translation>点火开关和终端供电：需要 9 至 16 伏。</translation>
    </message>
    <message>
        <source>The identifiers of the slot in the configuration.</source>
        <translation>配置中该工位的标识符。</translation>
    </message>
    <message>
        <source>The telematics unit is busy with something else.</source>
        <translation>车载终端正忙于其他任务。</translation>
    </message>
    <message>
        <source>Wait a minute, then press Enter to try again.</source>
        <translation>等待一分钟，然后按回车重试。</translation>
    </message>
    <message>
        <source>Another tester may be connected to the vehicle.</source>
        <translation>车辆上可能连接了其他诊断设备。</translation>
    </message>
    <message>
        <source>Switch the ignition off and on.</source>
        <translation>关闭后重新打开点火开关。</translation>
    </message>
    <message>
        <source>The supply voltage of the telematics unit is out of range.</source>
        <translation>车载终端的供电电压超出范围。</translation>
    </message>
    <message>
        <source>Connect the charger. Press Enter to try again.</source>
        <translation>连接充电器。按回车重试。</translation>
    </message>
    <message>
        <source>Measure the battery: the unit wants 9 to 16 volts.</source>
        <translation>测量蓄电池：终端需要 9 至 16 伏。</translation>
    </message>
    <message>
        <source>Check the ground connection of the unit.</source>
        <translation>检查终端的接地。</translation>
    </message>
    <message>
        <source>The connection to the telematics unit was lost during the work.</source>
        <translation>工作过程中与车载终端的连接中断。</translation>
    </message>
    <message>
        <source>Plug and cable: a loose contact.</source>
        <translation>插头和线缆：接触不良。</translation>
    </message>
    <message>
        <source>Another tester on the same bus ends the session.</source>
        <translation>同一总线上的其他诊断设备结束了会话。</translation>
    </message>
    <message>
        <source>Reject this telematics unit. Replace it, then scan the vehicle again.</source>
        <translation>拒用此车载终端。更换后重新扫描车辆。</translation>
    </message>
    <message>
        <source>Read the negative response in the transcript: it names the reason.</source>
        <translation>查看记录中的否定应答：其中写明原因。</translation>
    </message>
    <message>
        <source>Wrong software on the unit: compare its version with the work order.</source>
        <translation>终端软件不对：与工单核对版本。</translation>
    </message>
    <message>
        <source>Replace the unit.</source>
        <translation>更换终端。</translation>
    </message>
    <message>
        <source>The telematics unit gives an answer that makes no sense.</source>
        <translation>车载终端的应答无意义。</translation>
    </message>
    <message>
        <source>Wrong software on the unit.</source>
        <translation>终端软件不对。</translation>
    </message>
    <message>
        <source>Two units on one identifier: disconnect the other one.</source>
        <translation>两个终端使用同一标识符：断开另一个。</translation>
    </message>
    <message>
        <source>The telematics unit did not accept its certificate.</source>
        <translation>车载终端没有接受其证书。</translation>
    </message>
    <message>
        <source>Clock of the unit: it may take the certificate for not yet valid.</source>
        <translation>终端时钟：可能认为证书尚未生效。</translation>
    </message>
    <message>
        <source>Wrong root certificate in the unit&apos;s software.</source>
        <translation>终端软件中的根证书不对。</translation>
    </message>
    <message>
        <source>Another telematics unit took the place of the one before.</source>
        <translation>另一个车载终端取代了之前的终端。</translation>
    </message>
    <message>
        <source>Scan the vehicle again.</source>
        <translation>重新扫描车辆。</translation>
    </message>
    <message>
        <source>The certificate of the first unit is revoked by itself.</source>
        <translation>第一个终端的证书会自动吊销。</translation>
    </message>
    <message>
        <source>The telematics unit has no serial number.</source>
        <translation>车载终端没有序列号。</translation>
    </message>
    <message>
        <source>The unit was not finished by its maker: send it back.</source>
        <translation>制造商未完成该终端：退回。</translation>
    </message>
    <message>
        <source>The bus adapter of this station does not work.</source>
        <translation>本站的总线适配器不工作。</translation>
    </message>
    <message>
        <source>Check the plug of the adapter. Press Enter to try again.</source>
        <translation>检查适配器插头。按回车重试。</translation>
    </message>
    <message>
        <source>The adapter: unplug it and plug it in again.</source>
        <translation>拔下适配器再重新插上。</translation>
    </message>
    <message>
        <source>Is the interface up? The self-test tells.</source>
        <translation>接口是否启用？自检会显示。</translation>
    </message>
    <message>
        <source>The bus in the configuration of the slot.</source>
        <translation>配置中该工位的总线。</translation>
    </message>
    <message>
        <source>The label that was scanned and the connected vehicle do not belong together.</source>
        <translation>扫描的标签与连接的车辆不一致。</translation>
    </message>
    <message>
        <source>Check label and plug, then scan the label of the connected vehicle.</source>
        <translation>检查标签和插头，然后扫描所连接车辆的标签。</translation>
    </message>
    <message>
        <source>The cable is in the neighbouring vehicle.</source>
        <translation>线缆插在了相邻车辆上。</translation>
    </message>
    <message>
        <source>The label is on the wrong vehicle.</source>
        <translation>标签贴错了车辆。</translation>
    </message>
    <message>
        <source>The unit comes from another vehicle: its VIN must be written anew.</source>
        <translation>终端来自其他车辆：必须重新写入 VIN。</translation>
    </message>
    <message>
        <source>The connected vehicle has no VIN yet. It must be written before.</source>
        <translation>所连接的车辆还没有 VIN，必须先写入。</translation>
    </message>
    <message>
        <source>Send the vehicle back to the station that writes the VIN.</source>
        <translation>将车辆退回写入 VIN 的工位。</translation>
    </message>
    <message>
        <source>The station before was left out or failed.</source>
        <translation>前一工位被跳过或失败。</translation>
    </message>
    <message>
        <source>The check digit of the VIN, character 9, does not fit.</source>
        <translation>VIN 的校验位（第 9 位）不符。</translation>
    </message>
    <message>
        <source>Scan the label again. If it stays so, the label is misprinted.</source>
        <translation>重新扫描标签。若仍如此，则标签印错。</translation>
    </message>
    <message>
        <source>Print the label anew.</source>
        <translation>重新打印标签。</translation>
    </message>
    <message>
        <source>A maker without check digits: set its rule in the configuration.</source>
        <translation>该制造商不用校验位：在配置中设置其规则。</translation>
    </message>
    <message>
        <source>This line does not build vehicles whose VIN begins like this.</source>
        <translation>本线不生产 VIN 以此开头的车辆。</translation>
    </message>
    <message>
        <source>Scan the label of the vehicle, not another code.</source>
        <translation>请扫描车辆标签，而不是其他条码。</translation>
    </message>
    <message>
        <source>A new maker: add it to the accepted makers in the configuration.</source>
        <translation>新制造商：在配置中加入许可列表。</translation>
    </message>
    <message>
        <source>The security chip of the telematics unit has no certificate of its maker.</source>
        <translation>车载终端的安全芯片没有制造商证书。</translation>
    </message>
    <message>
        <source>Reject this telematics unit and keep it apart for a technician. Do not try it again.</source>
        <translation>拒用此车载终端，单独存放交技术员。不要再次尝试。</translation>
    </message>
    <message>
        <source>The chip was not finished by its maker.</source>
        <translation>芯片未由制造商完成。</translation>
    </message>
    <message>
        <source>A counterfeit unit: keep it for the security team.</source>
        <translation>伪造的终端：留给安全团队。</translation>
    </message>
    <message>
        <source>The telematics unit could not prove that its key is inside a genuine security chip.</source>
        <translation>车载终端无法证明其密钥位于真正的安全芯片内。</translation>
    </message>
    <message>
        <source>Software of the unit: it knows the command and gives nothing back.</source>
        <translation>终端软件：认识命令但没有返回内容。</translation>
    </message>
    <message>
        <source>Keep the unit for the security team.</source>
        <translation>将终端留给安全团队。</translation>
    </message>
    <message>
        <source>The security chip of the telematics unit is not from a maker that the plant trusts.</source>
        <translation>车载终端的安全芯片不是来自工厂信任的制造商。</translation>
    </message>
    <message>
        <source>A new chip maker: the service&apos;s bundle of trusted makers must know it.</source>
        <translation>新的芯片制造商：服务的信任列表必须包含它。</translation>
    </message>
    <message>
        <source>A counterfeit chip: keep the unit for the security team.</source>
        <translation>伪造的芯片：将终端留给安全团队。</translation>
    </message>
    <message>
        <source>The maker&apos;s certificate of the security chip has expired.</source>
        <translation>安全芯片的制造商证书已过期。</translation>
    </message>
    <message>
        <source>An old unit from the store: send it back to its maker.</source>
        <translation>库存旧终端：退回制造商。</translation>
    </message>
    <message>
        <source>The maker of the security chip has withdrawn its certificate.</source>
        <translation>安全芯片制造商已撤回其证书。</translation>
    </message>
    <message>
        <source>Keep the unit for the security team: the maker does not vouch for it any more.</source>
        <translation>将终端留给安全团队：制造商不再为其担保。</translation>
    </message>
    <message>
        <source>Software of the unit: it made its attestation key with wrong properties.</source>
        <translation>终端软件：其证明密钥的属性不对。</translation>
    </message>
    <message>
        <source>The evidence was changed on its way, or is forged: keep the unit for the security team.</source>
        <translation>证明在途中被更改或系伪造：将终端留给安全团队。</translation>
    </message>
    <message>
        <source>The telematics unit gave a proof from an earlier occasion.</source>
        <translation>车载终端给出的是以前的证明。</translation>
    </message>
    <message>
        <source>Forged evidence: keep the unit for the security team.</source>
        <translation>伪造的证明：将终端留给安全团队。</translation>
    </message>
    <message>
        <source>The security chip that answers is not the one that the unit names.</source>
        <translation>应答的安全芯片不是终端所声明的那一个。</translation>
    </message>
    <message>
        <source>A relayed or copied chip: keep the unit for the security team.</source>
        <translation>被转接或复制的芯片：将终端留给安全团队。</translation>
    </message>
    <message>
        <source>The telematics unit proved another key than the one it uses.</source>
        <translation>车载终端证明的密钥与其使用的不同。</translation>
    </message>
    <message>
        <source>Software of the unit.</source>
        <translation>终端软件。</translation>
    </message>
    <message>
        <source>The key of the telematics unit is not inside its security chip.</source>
        <translation>车载终端的密钥不在其安全芯片内。</translation>
    </message>
    <message>
        <source>Software of the unit makes keys outside the chip.</source>
        <translation>终端软件在芯片之外生成密钥。</translation>
    </message>
    <message>
        <source>The key of the telematics unit could be copied out of its security chip.</source>
        <translation>车载终端的密钥可以从安全芯片中复制出来。</translation>
    </message>
    <message>
        <source>Software of the unit makes its key with wrong properties.</source>
        <translation>终端软件生成的密钥属性不对。</translation>
    </message>
    <message>
        <source>The telematics unit could not create a valid key.</source>
        <translation>车载终端无法生成有效密钥。</translation>
    </message>
    <message>
        <source>Faulty security chip: replace the unit.</source>
        <translation>安全芯片故障：更换终端。</translation>
    </message>
    <message>
        <source>The telematics unit asked for a certificate in another name.</source>
        <translation>车载终端以其他名称申请证书。</translation>
    </message>
    <message>
        <source>The identity secrets of station and service differ: compare them before replacing units.</source>
        <translation>本站与服务的身份密钥不同：更换终端前先核对。</translation>
    </message>
    <message>
        <source>The telematics unit asked for rights that a vehicle must not have.</source>
        <translation>车载终端申请了车辆不应有的权限。</translation>
    </message>
    <message>
        <source>The telematics unit made a key of the wrong kind.</source>
        <translation>车载终端生成的密钥类型不对。</translation>
    </message>
    <message>
        <source>The key of the telematics unit is publicly known.</source>
        <translation>车载终端的密钥是公开已知的。</translation>
    </message>
    <message>
        <source>Test software or a test key on the unit: keep it for the security team.</source>
        <translation>终端上有测试软件或测试密钥：留给安全团队。</translation>
    </message>
    <message>
        <source>The key of the telematics unit was revoked once.</source>
        <translation>车载终端的密钥曾被吊销。</translation>
    </message>
    <message>
        <source>A unit from a repair or a scrapped vehicle: it must make a new key.</source>
        <translation>来自维修或报废车辆的终端：必须生成新密钥。</translation>
    </message>
    <message>
        <source>The key of this telematics unit has been seen in another vehicle. Both are held.</source>
        <translation>此车载终端的密钥曾出现在另一辆车上。两者均被隔离。</translation>
    </message>
    <message>
        <source>Hold the vehicle. Keep this telematics unit apart for a technician. Do not try it again.</source>
        <translation>扣留车辆。将此车载终端单独存放交技术员。不要再次尝试。</translation>
    </message>
    <message>
        <source>A cloned unit: inform the security team, both vehicles are in quarantine.</source>
        <translation>克隆的终端：通知安全团队，两辆车均已隔离。</translation>
    </message>
    <message>
        <source>After the inquiry the service releases the entry.</source>
        <translation>调查后由服务解除该条目。</translation>
    </message>
    <message>
        <source>The security chip of this telematics unit has been seen in another unit or vehicle. Both are held.</source>
        <translation>此车载终端的安全芯片曾出现在另一终端或车辆上。两者均被隔离。</translation>
    </message>
    <message>
        <source>A used unit whose old vehicle was not signed off: swap it with the old certificate revoked.</source>
        <translation>旧车未注销的二手终端：更换时吊销旧证书。</translation>
    </message>
    <message>
        <source>A cloned unit: inform the security team.</source>
        <translation>克隆的终端：通知安全团队。</translation>
    </message>
    <message>
        <source>The key of this telematics unit was used for another request.</source>
        <translation>此车载终端的密钥曾用于另一请求。</translation>
    </message>
    <message>
        <source>The unit did not make a new key: let it forget the old one.</source>
        <translation>终端没有生成新密钥：让其清除旧密钥。</translation>
    </message>
    <message>
        <source>This vehicle already has a valid certificate. Nothing was changed.</source>
        <translation>该车辆已有有效证书。未做任何更改。</translation>
    </message>
    <message>
        <source>Hold the vehicle and ask before it goes on.</source>
        <translation>扣留车辆，询问后再放行。</translation>
    </message>
    <message>
        <source>A repaired vehicle with a new unit: use the unit swap, which revokes the old certificate.</source>
        <translation>更换了新终端的返修车辆：使用终端更换，会吊销旧证书。</translation>
    </message>
    <message>
        <source>The vehicle was done at another station: look at the history.</source>
        <translation>车辆已在其他工位完成：查看历史。</translation>
    </message>
    <message>
        <source>The old telematics unit of this vehicle was replaced before.</source>
        <translation>该车辆的旧终端此前已更换。</translation>
    </message>
    <message>
        <source>Look at the history of the vehicle before the next swap.</source>
        <translation>下次更换前查看车辆历史。</translation>
    </message>
    <message>
        <source>The certificate service knows this job with other contents.</source>
        <translation>证书服务中该任务的内容不同。</translation>
    </message>
    <message>
        <source>Hold the vehicle. Do not scan again.</source>
        <translation>扣留车辆。不要再次扫描。</translation>
    </message>
    <message>
        <source>Another unit was connected in the middle of the job.</source>
        <translation>任务中途连接了另一个终端。</translation>
    </message>
    <message>
        <source>Close the case, then scan again: a new job begins.</source>
        <translation>关闭案例后重新扫描：开始新任务。</translation>
    </message>
    <message>
        <source>The certificate service has given this job to another authority.</source>
        <translation>证书服务已将该任务交给另一签发机构。</translation>
    </message>
    <message>
        <source>It passes by itself at the next scan.</source>
        <translation>下次扫描时会自行恢复。</translation>
    </message>
    <message>
        <source>The certificate service has given up this job.</source>
        <translation>证书服务已放弃该任务。</translation>
    </message>
    <message>
        <source>The rules of the certificate service changed during the job.</source>
        <translation>任务期间证书服务的规则已更改。</translation>
    </message>
    <message>
        <source>The certificate of this vehicle was revoked during the job.</source>
        <translation>任务期间该车辆的证书被吊销。</translation>
    </message>
    <message>
        <source>Ask who revoked it, and why, before a new one is issued.</source>
        <translation>签发新证书前查明由谁、为何吊销。</translation>
    </message>
    <message>
        <source>This vehicle is on record under another identity.</source>
        <translation>该车辆以另一身份登记在册。</translation>
    </message>
    <message>
        <source>Hold the vehicle. This station needs a technician.</source>
        <translation>扣留车辆。本站需要技术员。</translation>
    </message>
    <message>
        <source>The device id salt of this station or of the service was changed: compare the identity secrets.</source>
        <translation>本站或服务的设备标识盐值已更改：核对身份密钥。</translation>
    </message>
    <message>
        <source>The certificate service has reached its limit for this hour.</source>
        <translation>证书服务已达到本小时上限。</translation>
    </message>
    <message>
        <source>Hold the vehicle and scan it again after that time.</source>
        <translation>扣留车辆，到时间后重新扫描。</translation>
    </message>
    <message>
        <source>More vehicles than planned, or a station that repeats itself: look at the history.</source>
        <translation>车辆多于计划，或某工位在重复：查看历史。</translation>
    </message>
    <message>
        <source>This telematics unit got a certificate today. One per day is allowed.</source>
        <translation>此车载终端今天已获得证书。每天只允许一个。</translation>
    </message>
    <message>
        <source>Hold the vehicle. A technician can allow another certificate.</source>
        <translation>扣留车辆。技术员可以批准再签发一个证书。</translation>
    </message>
    <message>
        <source>Find out why the first certificate was not enough.</source>
        <translation>查明第一个证书为何不够。</translation>
    </message>
    <message>
        <source>An override needs a reason and a second person.</source>
        <translation>例外放行需要理由和第二人确认。</translation>
    </message>
    <message>
        <source>The same security chip under another serial number: keep the unit for the security team.</source>
        <translation>同一安全芯片却有不同序列号：将终端留给安全团队。</translation>
    </message>
    <message>
        <source>The certificate that came is not for this vehicle. It was not installed.</source>
        <translation>收到的证书不属于该车辆。未安装。</translation>
    </message>
    <message>
        <source>The identity secrets of station and service differ.</source>
        <translation>本站与服务的身份密钥不同。</translation>
    </message>
    <message>
        <source>The certificate is revoked by itself.</source>
        <translation>该证书会自动吊销。</translation>
    </message>
    <message>
        <source>The service mixed up two requests: report it.</source>
        <translation>服务混淆了两个请求：请上报。</translation>
    </message>
    <message>
        <source>The certificate that came does not lead to the root that this station trusts.</source>
        <translation>收到的证书不能追溯到本站信任的根。</translation>
    </message>
    <message>
        <source>The root certificate in the configuration.</source>
        <translation>配置中的根证书。</translation>
    </message>
    <message>
        <source>The clock of the station.</source>
        <translation>本站的时钟。</translation>
    </message>
    <message>
        <source>A new root: all stations need it.</source>
        <translation>新的根证书：所有工位都需要。</translation>
    </message>
    <message>
        <source>The certificate that came is not one for vehicles. It was not installed.</source>
        <translation>收到的不是车辆证书。未安装。</translation>
    </message>
    <message>
        <source>Report it to the security team at once.</source>
        <translation>立即报告安全团队。</translation>
    </message>
    <message>
        <source>The certificate that came cannot be read.</source>
        <translation>收到的证书无法读取。</translation>
    </message>
    <message>
        <source>Versions of station and service do not fit.</source>
        <translation>本站与服务的版本不匹配。</translation>
    </message>
    <message>
        <source>The telematics unit does not hold the certificate that was installed.</source>
        <translation>车载终端中不是所安装的证书。</translation>
    </message>
    <message>
        <source>Faulty memory of the unit: replace it.</source>
        <translation>终端存储器故障：更换。</translation>
    </message>
    <message>
        <source>The telematics unit does not use the key that its certificate belongs to.</source>
        <translation>车载终端未使用与其证书对应的密钥。</translation>
    </message>
    <message>
        <source>The certificate service cannot be reached.</source>
        <translation>无法连接证书服务。</translation>
    </message>
    <message>
        <source>Hold the vehicle and leave it connected. Press Enter to try again.</source>
        <translation>扣留车辆并保持连接。按回车重试。</translation>
    </message>
    <message>
        <source>Network cable and switch of this station.</source>
        <translation>本站的网线和交换机。</translation>
    </message>
    <message>
        <source>The addresses of the service in the configuration.</source>
        <translation>配置中的服务地址。</translation>
    </message>
    <message>
        <source>Ask the data centre whether the service is up.</source>
        <translation>询问数据中心服务是否运行。</translation>
    </message>
    <message>
        <source>The certificate service did not answer in time.</source>
        <translation>证书服务未及时应答。</translation>
    </message>
    <message>
        <source>Slow network or an overloaded service.</source>
        <translation>网络慢或服务过载。</translation>
    </message>
    <message>
        <source>The next scan asks for the same certificate: nothing is issued twice.</source>
        <translation>下次扫描会请求同一证书：不会重复签发。</translation>
    </message>
    <message>
        <source>The certificate service cannot be reached or cannot sign.</source>
        <translation>证书服务无法连接或无法签名。</translation>
    </message>
    <message>
        <source>The signing device or the database of the service is down: its health page tells.</source>
        <translation>服务的签名设备或数据库故障：见其状态页。</translation>
    </message>
    <message>
        <source>The certificate service has a fault of its own.</source>
        <translation>证书服务自身有故障。</translation>
    </message>
    <message>
        <source>Send the job number to the people who run the service.</source>
        <translation>将任务号发给服务运维人员。</translation>
    </message>
    <message>
        <source>The certificate service gave an answer that cannot be read.</source>
        <translation>证书服务的应答无法读取。</translation>
    </message>
    <message>
        <source>The certificate service does not accept this station.</source>
        <translation>证书服务不接受本站。</translation>
    </message>
    <message>
        <source>The station&apos;s certificate has expired or was revoked.</source>
        <translation>本站证书已过期或被吊销。</translation>
    </message>
    <message>
        <source>The address of the certificate service is wrong.</source>
        <translation>证书服务的地址不对。</translation>
    </message>
    <message>
        <source>The station&apos;s certificate lacks the role of a station.</source>
        <translation>本站证书缺少工位角色。</translation>
    </message>
    <message>
        <source>The certificate service cannot write down which vehicle it serves.</source>
        <translation>证书服务无法记录所服务的车辆。</translation>
    </message>
    <message>
        <source>The vault&apos;s database of the service is down: its health page tells.</source>
        <translation>服务的保险库数据库故障：见其状态页。</translation>
    </message>
    <message>
        <source>The certificate service cannot judge security chips: its list of makers has expired.</source>
        <translation>证书服务无法评估安全芯片：制造商列表已过期。</translation>
    </message>
    <message>
        <source>The service needs a new bundle of trusted makers. The unit is not at fault.</source>
        <translation>服务需要新的信任列表。终端没有问题。</translation>
    </message>
    <message>
        <source>The signing device of the certificate service does not work.</source>
        <translation>证书服务的签名设备不工作。</translation>
    </message>
    <message>
        <source>Without a backup authority the line stands: inform the people who run the service.</source>
        <translation>没有备用签发机构生产线会停：通知服务运维人员。</translation>
    </message>
    <message>
        <source>The disk of this station is full. It does nothing that it could not write down.</source>
        <translation>本站磁盘已满。无法记录的事一概不做。</translation>
    </message>
    <message>
        <source>Free space on the disk of the journal, then try again.</source>
        <translation>清理日志所在磁盘后重试。</translation>
    </message>
    <message>
        <source>Another program holds the journal of this station.</source>
        <translation>另一程序占用了本站日志。</translation>
    </message>
    <message>
        <source>A backup or a second station program has the file open.</source>
        <translation>备份或第二个程序打开了该文件。</translation>
    </message>
    <message>
        <source>The journal of this station is damaged.</source>
        <translation>本站日志已损坏。</translation>
    </message>
    <message>
        <source>Keep the file: its open jobs and reports are in it. Start with a new one and look for the cause.</source>
        <translation>保留该文件：其中有未完成的任务和报告。另起新文件并查找原因。</translation>
    </message>
    <message>
        <source>The disk of this station has a fault.</source>
        <translation>本站磁盘有故障。</translation>
    </message>
    <message>
        <source>Look for disk errors in the system log and replace the disk.</source>
        <translation>在系统日志中查找磁盘错误并更换磁盘。</translation>
    </message>
    <message>
        <source>The journal was written by a newer version of this program.</source>
        <translation>日志由更新版本的程序写入。</translation>
    </message>
    <message>
        <source>Install the newer version again.</source>
        <translation>重新安装较新版本。</translation>
    </message>
    <message>
        <source>The journal of this station cannot be opened.</source>
        <translation>无法打开本站日志。</translation>
    </message>
    <message>
        <source>The folder must exist and belong to the station&apos;s user.</source>
        <translation>文件夹必须存在且属于本站用户。</translation>
    </message>
    <message>
        <source>Another program of this station is working on the vehicle.</source>
        <translation>本站的另一程序正在处理该车辆。</translation>
    </message>
    <message>
        <source>A second window or a command line run has the slot.</source>
        <translation>第二个窗口或命令行占用了该工位。</translation>
    </message>
    <message>
        <source>A second window or a command line run has the vehicle.</source>
        <translation>第二个窗口或命令行正在处理该车辆。</translation>
    </message>
    <message>
        <source>The station itself is out of order.</source>
        <translation>本站自身出现故障。</translation>
    </message>
    <message>
        <source>The window was started for a slot that the configuration does not have.</source>
        <translation>窗口为配置中不存在的工位启动。</translation>
    </message>
    <message>
        <source>No random numbers from the system: restart the station.</source>
        <translation>系统不提供随机数：重启本站。</translation>
    </message>
    <message>
        <source>Look at the station&apos;s log.</source>
        <translation>查看本站日志。</translation>
    </message>
</context>
<context>
    <name>CycleBar</name>
    <message>
        <source>%1 s: %2 s over the target of %3 s</source>
        <translation>%1 秒：超出目标 %3 秒 %2 秒</translation>
    </message>
    <message>
        <source>%1 s of %2 s</source>
        <translation>%1 秒 / %2 秒</translation>
    </message>
</context>
<context>
    <name>CyclePage</name>
    <message>
        <source>Seconds per vehicle, one after the other</source>
        <translation>每辆车的秒数，按先后</translation>
    </message>
    <message>
        <source>Vehicles by seconds, target dashed</source>
        <translation>按秒数的车辆，虚线为目标</translation>
    </message>
    <message>
        <source>The journal cannot be read.</source>
        <translation>无法读取日志。</translation>
    </message>
    <message>
        <source>No vehicle has passed in this period.</source>
        <translation>此期间没有车辆合格。</translation>
    </message>
    <message numerus="yes">
        <source>%n vehicle(s) passed</source>
        <translation>
            <numerusform>%n 辆合格</numerusform>
        </translation>
    </message>
    <message>
        <source>median</source>
        <translation>中位数</translation>
    </message>
    <message>
        <source>90 % within</source>
        <translation>90 % 不超过</translation>
    </message>
    <message>
        <source>target %1 s</source>
        <translation>目标 %1 秒</translation>
    </message>
    <message>
        <source>Steps: median · 90 % within</source>
        <translation>步骤：中位数 · 90 % 不超过</translation>
    </message>
</context>
<context>
    <name>Duration</name>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation>%1 分 %2 秒</translation>
    </message>
</context>
<context>
    <name>ExportPage</name>
    <message>
        <source>Where to</source>
        <translation>保存到</translation>
    </message>
    <message>
        <source>No stick and no export folder: put a stick in.</source>
        <translation>没有U盘也没有导出文件夹：请插入U盘。</translation>
    </message>
    <message>
        <source>Stick</source>
        <translation>U盘</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Report: counts, yield, cycle times and causes. Batch: the runs of this station and the signed records of the gateway, to be verified anywhere.</source>
        <translation>报告：数量、合格率、周期时间和原因。审计包：本站的记录和网关签名的记录，可在任何地方验证。</translation>
    </message>
    <message>
        <source>Shift report (PDF)</source>
        <translation>班次报告（PDF）</translation>
    </message>
    <message>
        <source>Audit batch</source>
        <translation>审计包</translation>
    </message>
    <message>
        <source>Being written …</source>
        <translation>正在写入…</translation>
    </message>
</context>
<context>
    <name>FooterBar</name>
    <message>
        <source>Gateway</source>
        <translation>网关</translation>
    </message>
    <message>
        <source>Vehicle bus</source>
        <translation>车辆总线</translation>
    </message>
    <message>
        <source>Screen smaller than 10 inch</source>
        <translation>屏幕小于 10 英寸</translation>
    </message>
    <message numerus="yes">
        <source>%n report(s) waiting</source>
        <translation>
            <numerusform>%n 条报告待发</numerusform>
        </translation>
    </message>
    <message>
        <source>Scanner</source>
        <translation>扫描器</translation>
    </message>
    <message>
        <source>Scanner: window not active</source>
        <translation>扫描器：窗口未激活</translation>
    </message>
</context>
<context>
    <name>HeaderBar</name>
    <message>
        <source>Slot %1</source>
        <translation>工位 %1</translation>
    </message>
    <message>
        <source>SIMULATION</source>
        <translation>模拟</translation>
    </message>
</context>
<context>
    <name>HistoryPage</name>
    <message>
        <source>Scan or type: VIN, unit, serial</source>
        <translation>扫描或输入：VIN、单元、序列号</translation>
    </message>
    <message>
        <source>Clear the search</source>
        <translation>清除搜索</translation>
    </message>
    <message numerus="yes">
        <source>%n run(s)</source>
        <translation>
            <numerusform>%n 条记录</numerusform>
        </translation>
    </message>
    <message>
        <source>The journal cannot be read.</source>
        <translation>无法读取日志。</translation>
    </message>
    <message>
        <source>Nothing of this kind in this period.</source>
        <translation>此期间没有此类记录。</translation>
    </message>
</context>
<context>
    <name>LinkLamp</name>
    <message>
        <source>no connection</source>
        <translation>无连接</translation>
    </message>
</context>
<context>
    <name>LoginScreen</name>
    <message>
        <source>Scan your badge</source>
        <translation>请扫描工牌</translation>
    </message>
    <message>
        <source>One moment …</source>
        <translation>请稍候…</translation>
    </message>
    <message>
        <source>Or choose your name and type your PIN.</source>
        <translation>或选择姓名并输入 PIN。</translation>
    </message>
    <message>
        <source>The station is locked until somebody logs in.</source>
        <translation>本站已锁定，请先登录。</translation>
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
        <translation>V2C 工位</translation>
    </message>
</context>
<context>
    <name>OperatorText</name>
    <message>
        <source>The telematics unit refuses to be provisioned.</source>
        <translation>车载终端拒绝配置。</translation>
    </message>
    <message>
        <source>The telematics unit could not create a valid key.</source>
        <translation>车载终端无法生成有效密钥。</translation>
    </message>
    <message>
        <source>The telematics unit could not prove that its key is inside a genuine security chip.</source>
        <translation>车载终端无法证明其密钥位于真正的安全芯片内。</translation>
    </message>
    <message>
        <source>The key of the telematics unit was refused when the certificate was to be signed.</source>
        <translation>签发证书时车载终端的密钥被拒绝。</translation>
    </message>
    <message>
        <source>The telematics unit could not store its certificate.</source>
        <translation>车载终端无法保存证书。</translation>
    </message>
    <message>
        <source>The telematics unit does not hold the certificate that was installed.</source>
        <translation>车载终端中不是所安装的证书。</translation>
    </message>
    <message>
        <source>The telematics unit failed after its certificate was installed.</source>
        <translation>安装证书后车载终端出现故障。</translation>
    </message>
    <message>
        <source>Reject this telematics unit. Replace it, then scan the vehicle again.</source>
        <translation>拒用此车载终端。更换后重新扫描车辆。</translation>
    </message>
    <message>
        <source>The station itself is out of order.</source>
        <translation>本站自身出现故障。</translation>
    </message>
    <message>
        <source>Hold the vehicle. This station needs a technician.</source>
        <translation>扣留车辆。本站需要技术员。</translation>
    </message>
    <message>
        <source>The rules of the plant do not allow this vehicle to be provisioned.</source>
        <translation>工厂规则不允许配置该车辆。</translation>
    </message>
    <message>
        <source>Hold the vehicle. Do not scan again.</source>
        <translation>扣留车辆。不要再次扫描。</translation>
    </message>
    <message numerus="yes">
        <source>Possible again in %n minute(s).</source>
        <translation>
            <numerusform>%n 分钟后可再次进行。</numerusform>
        </translation>
    </message>
    <message>
        <source>Possible again in %1 h %2 min.</source>
        <translation>%1 小时 %2 分后可再次进行。</translation>
    </message>
    <message>
        <source>HTTP %1</source>
        <translation>HTTP %1</translation>
    </message>
    <message>
        <source>job %1</source>
        <translation>任务 %1</translation>
    </message>
    <message>
        <source>FAIL</source>
        <translation>不合格</translation>
    </message>
    <message>
        <source>STATION FAULT</source>
        <translation>工位故障</translation>
    </message>
    <message>
        <source>WRONG VEHICLE</source>
        <translation>车辆不符</translation>
    </message>
    <message>
        <source>REFUSED</source>
        <translation>已拒绝</translation>
    </message>
    <message>
        <source>Character %1 is “%2”. A VIN has digits and letters, but no I, O or Q.</source>
        <translation>第 %1 位是“%2”。VIN 由数字和字母组成，不含 I、O、Q。</translation>
    </message>
    <message>
        <source>A VIN has digits and letters, but no I, O or Q.</source>
        <translation>VIN 由数字和字母组成，不含 I、O、Q。</translation>
    </message>
    <message>
        <source>A VIN has 17 characters, this has %1.</source>
        <translation>VIN 有 17 位，此码有 %1 位。</translation>
    </message>
    <message>
        <source>The check digit, character 9, does not fit: misread or mistyped.</source>
        <translation>校验位（第 9 位）不符：读错或输错。</translation>
    </message>
    <message>
        <source>This line does not build vehicles whose VIN begins like this.</source>
        <translation>本线不生产 VIN 以此开头的车辆。</translation>
    </message>
    <message>
        <source>The check character at the end of the label does not fit: misread.</source>
        <translation>标签末尾的校验字符不符：读错。</translation>
    </message>
    <message>
        <source>Two different VINs came in one scan.</source>
        <translation>一次扫描中出现两个不同的 VIN。</translation>
    </message>
    <message>
        <source>This code holds no VIN.</source>
        <translation>此条码不含 VIN。</translation>
    </message>
</context>
<context>
    <name>PassScreen</name>
    <message>
        <source>Certificate serial</source>
        <translation>证书序列号</translation>
    </message>
    <message>
        <source>Duration %1</source>
        <translation>用时 %1</translation>
    </message>
    <message>
        <source>went on after an interruption</source>
        <translation>中断后继续完成</translation>
    </message>
    <message>
        <source>the report waits for the gateway</source>
        <translation>报告等待网关</translation>
    </message>
    <message>
        <source>Next: scan the VIN of the next vehicle</source>
        <translation>下一步：扫描下一辆车的 VIN</translation>
    </message>
    <message>
        <source>The label is being printed …</source>
        <translation>正在打印标签…</translation>
    </message>
    <message>
        <source>No label: look after the printer, then print again.</source>
        <translation>没有标签：请检查打印机后重新打印。</translation>
    </message>
    <message>
        <source>Label printed. Next: scan the VIN of the next vehicle</source>
        <translation>标签已打印。下一步：扫描下一辆车的 VIN</translation>
    </message>
</context>
<context>
    <name>ProblemScreen</name>
    <message>
        <source>Nothing is wrong with the vehicle.</source>
        <translation>车辆没有问题。</translation>
    </message>
    <message>
        <source>What to do now</source>
        <translation>现在该做什么</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>发生了什么</translation>
    </message>
    <message>
        <source>Vehicle</source>
        <translation>车辆</translation>
    </message>
    <message>
        <source>The shift lead</source>
        <translation>班长</translation>
    </message>
</context>
<context>
    <name>QueueScreen</name>
    <message>
        <source>Waiting for a technician</source>
        <translation>等待技术员</translation>
    </message>
    <message numerus="yes">
        <source>%n vehicle(s)</source>
        <translation>
            <numerusform>%n 辆车</numerusform>
        </translation>
    </message>
    <message>
        <source>Nobody waits. A unit that fails, a refused vehicle and a call by F4 come here.</source>
        <translation>没有等待项。不合格的终端、被拒的车辆以及 F4 呼叫会出现在这里。</translation>
    </message>
    <message>
        <source>new</source>
        <translation>新</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>Records</source>
        <translation>记录</translation>
    </message>
    <message>
        <source>Self-test</source>
        <translation>自检</translation>
    </message>
</context>
<context>
    <name>ReadyScreen</name>
    <message>
        <source>Scan VIN</source>
        <translation>扫描 VIN</translation>
    </message>
    <message>
        <source>Ready to scan</source>
        <translation>可以扫描</translation>
    </message>
    <message>
        <source>Not ready: touch this window</source>
        <translation>未就绪：请点按此窗口</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>队列</translation>
    </message>
</context>
<context>
    <name>RecordsScreen</name>
    <message>
        <source>Runs</source>
        <translation>记录</translation>
    </message>
    <message>
        <source>Cycle time</source>
        <translation>周期时间</translation>
    </message>
    <message>
        <source>Yield</source>
        <translation>合格率</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
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
        <translation>扫描 %1 = 合格 %2 + 不合格 %3 + 未完成 %4</translation>
    </message>
    <message>
        <source>Shift report</source>
        <translation>班次报告</translation>
    </message>
    <message>
        <source>Vehicles</source>
        <translation>车辆</translation>
    </message>
    <message>
        <source>Passed at the first try: %1 of those that ended</source>
        <translation>一次合格率：已结束车辆的 %1</translation>
    </message>
    <message>
        <source>By the hour</source>
        <translation>按小时</translation>
    </message>
    <message>
        <source>From</source>
        <translation>起始</translation>
    </message>
    <message>
        <source>Scanned</source>
        <translation>扫描</translation>
    </message>
    <message>
        <source>Passed</source>
        <translation>合格</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>不合格</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>未完成</translation>
    </message>
    <message>
        <source>Cycle time</source>
        <translation>周期时间</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>步骤</translation>
    </message>
    <message>
        <source>Number</source>
        <translation>数量</translation>
    </message>
    <message>
        <source>Median</source>
        <translation>中位数</translation>
    </message>
    <message>
        <source>90 % within</source>
        <translation>90 % 不超过</translation>
    </message>
    <message>
        <source>Causes</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>Cause</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>Vehicles that did not pass</source>
        <translation>未合格的车辆</translation>
    </message>
    <message>
        <source>Begun</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>VIN</source>
        <translation>VIN</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Transaction</source>
        <translation>事务</translation>
    </message>
    <message>
        <source>Made %1</source>
        <translation>生成于 %1</translation>
    </message>
    <message>
        <source>Whole vehicle</source>
        <translation>整车</translation>
    </message>
</context>
<context>
    <name>RunDetail</name>
    <message>
        <source>Begun · ended · worked</source>
        <translation>开始 · 结束 · 用时</translation>
    </message>
    <message>
        <source>Unit</source>
        <translation>单元</translation>
    </message>
    <message>
        <source>Certificate</source>
        <translation>证书</translation>
    </message>
    <message>
        <source>Transaction</source>
        <translation>事务</translation>
    </message>
    <message>
        <source>The result is kept here until the gateway takes it.</source>
        <translation>结果保存在此，直到网关接收。</translation>
    </message>
</context>
<context>
    <name>RunningScreen</name>
    <message>
        <source>In work, leave the vehicle connected</source>
        <translation>进行中，请保持连接</translation>
    </message>
</context>
<context>
    <name>SelfTestScreen</name>
    <message>
        <source>Self-test</source>
        <translation>自检</translation>
    </message>
    <message>
        <source>Being tested …</source>
        <translation>正在检测…</translation>
    </message>
    <message>
        <source>Tested at %1</source>
        <translation>检测时间 %1</translation>
    </message>
    <message>
        <source>Scanner</source>
        <translation>扫描器</translation>
    </message>
    <message>
        <source>Printed:</source>
        <translation>印刷：</translation>
    </message>
    <message>
        <source>Arrived:</source>
        <translation>收到：</translation>
    </message>
    <message>
        <source>Test again</source>
        <translation>重新检测</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
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
        <translation>本班</translation>
    </message>
    <message>
        <source>scanned</source>
        <translation>已扫描</translation>
    </message>
    <message>
        <source>passed</source>
        <translation>合格</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>不合格</translation>
    </message>
    <message>
        <source>open</source>
        <translation>未完成</translation>
    </message>
</context>
<context>
    <name>Step</name>
    <message>
        <source>Connect to the unit</source>
        <translation>连接终端</translation>
    </message>
    <message>
        <source>Compare the VIN</source>
        <translation>核对 VIN</translation>
    </message>
    <message>
        <source>Create the key</source>
        <translation>生成密钥</translation>
    </message>
    <message>
        <source>Prove the key</source>
        <translation>证明密钥</translation>
    </message>
    <message>
        <source>Sign the certificate</source>
        <translation>签发证书</translation>
    </message>
    <message>
        <source>Install the certificate</source>
        <translation>安装证书</translation>
    </message>
    <message>
        <source>Check what was installed</source>
        <translation>检查安装结果</translation>
    </message>
    <message>
        <source>Report the result</source>
        <translation>上报结果</translation>
    </message>
</context>
<context>
    <name>TimeLeft</name>
    <message>
        <source>Over the takt</source>
        <translation>超出节拍</translation>
    </message>
    <message>
        <source>Time left</source>
        <translation>剩余时间</translation>
    </message>
    <message>
        <source>seconds</source>
        <translation>秒</translation>
    </message>
</context>
<context>
    <name>VinComparison</name>
    <message>
        <source>Label scanned</source>
        <translation>扫描的标签</translation>
    </message>
    <message>
        <source>Connected vehicle</source>
        <translation>连接的车辆</translation>
    </message>
</context>
<context>
    <name>WrongVehicleScreen</name>
    <message>
        <source>What to do now</source>
        <translation>现在该做什么</translation>
    </message>
    <message>
        <source>The shift lead</source>
        <translation>班长</translation>
    </message>
</context>
<context>
    <name>YieldPage</name>
    <message numerus="yes">
        <source>Vehicles per %n hour(s)</source>
        <translation>
            <numerusform>每 %n 小时的车辆数</numerusform>
        </translation>
    </message>
    <message>
        <source>The journal cannot be read.</source>
        <translation>无法读取日志。</translation>
    </message>
    <message>
        <source>No vehicle was scanned in this period.</source>
        <translation>此期间没有扫描车辆。</translation>
    </message>
    <message>
        <source>Scanned %1</source>
        <translation>扫描 %1</translation>
    </message>
    <message>
        <source>Passed</source>
        <translation>合格</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>不合格</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>未完成</translation>
    </message>
    <message>
        <source>Passed at the first try: %1 of those that ended</source>
        <translation>一次合格率：已结束车辆的 %1</translation>
    </message>
    <message>
        <source>Most frequent causes</source>
        <translation>最常见的原因</translation>
    </message>
</context>
<context>
    <name>station::CaseModel</name>
    <message>
        <source>Somebody else has taken this case.</source>
        <translation>此案例已由他人接手。</translation>
    </message>
    <message>
        <source>This case was closed meanwhile.</source>
        <translation>此案例已被关闭。</translation>
    </message>
    <message>
        <source>The queue cannot be read or written.</source>
        <translation>无法读写队列。</translation>
    </message>
    <message numerus="yes">
        <source>%n min</source>
        <translation>
            <numerusform>%n 分钟</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1 小时 %2 分</translation>
    </message>
    <message>
        <source>%1 has taken it</source>
        <translation>%1 已接手</translation>
    </message>
    <message>
        <source>Technician called, waiting %1</source>
        <translation>已呼叫技术员，等待 %1</translation>
    </message>
    <message>
        <source>Unit replaced</source>
        <translation>已更换终端</translation>
    </message>
    <message>
        <source>Cabling repaired</source>
        <translation>已修复线缆</translation>
    </message>
    <message>
        <source>Vehicle or label corrected</source>
        <translation>已更正车辆或标签</translation>
    </message>
    <message>
        <source>Station repaired</source>
        <translation>已修复工位</translation>
    </message>
    <message>
        <source>Sent to rework</source>
        <translation>送返修</translation>
    </message>
</context>
<context>
    <name>station::ExportModel</name>
    <message>
        <source>%1 MB free</source>
        <translation>可用 %1 MB</translation>
    </message>
    <message>
        <source>Report written and read back: %1</source>
        <translation>报告已写入并回读：%1</translation>
    </message>
    <message numerus="yes">
        <source>Batch written and verified: %1, %n run(s).</source>
        <translation>
            <numerusform>审计包已写入并验证：%1，%n 条记录。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n record(s) of the gateway.</source>
        <translation>
            <numerusform>网关记录 %n 条。</numerusform>
        </translation>
    </message>
    <message>
        <source>The gateway&apos;s records are not in it: %1.</source>
        <translation>其中没有网关的记录：%1。</translation>
    </message>
    <message>
        <source>Stick or folder is gone. Nothing usable was written: put it back and export again.</source>
        <translation>U盘或文件夹已不在。没有写入可用内容：请重新插入并再次导出。</translation>
    </message>
    <message>
        <source>No room left there. Nothing usable was written: make room and export again.</source>
        <translation>空间不足。没有写入可用内容：请腾出空间并再次导出。</translation>
    </message>
    <message>
        <source>Stick or folder cannot be written to.</source>
        <translation>U盘或文件夹无法写入。</translation>
    </message>
    <message>
        <source>What was read back is not what was written. Take another stick.</source>
        <translation>回读内容与写入不一致。请更换U盘。</translation>
    </message>
    <message>
        <source>The journal cannot be read.</source>
        <translation>无法读取日志。</translation>
    </message>
    <message>
        <source>The export failed: %1</source>
        <translation>导出失败：%1</translation>
    </message>
</context>
<context>
    <name>station::HistoryModel</name>
    <message>
        <source>All results</source>
        <translation>全部结果</translation>
    </message>
    <message>
        <source>Passed</source>
        <translation>合格</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>不合格</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>未完成</translation>
    </message>
    <message>
        <source>begun</source>
        <translation>已开始</translation>
    </message>
    <message>
        <source>attempt %1</source>
        <translation>第 %1 次</translation>
    </message>
</context>
<context>
    <name>station::PeriodModel</name>
    <message>
        <source>This shift</source>
        <translation>本班次</translation>
    </message>
    <message>
        <source>Last shift</source>
        <translation>上一班次</translation>
    </message>
    <message>
        <source>24 hours</source>
        <translation>24 小时</translation>
    </message>
    <message>
        <source>7 days</source>
        <translation>7 天</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>all that the station keeps</source>
        <translation>本站保存的全部</translation>
    </message>
</context>
<context>
    <name>station::RunModel</name>
    <message>
        <source>Typing does not count</source>
        <translation>手工输入无效</translation>
    </message>
    <message>
        <source>Scan the label, or call a technician.</source>
        <translation>请扫描标签或呼叫技术员。</translation>
    </message>
    <message>
        <source>Typed once</source>
        <translation>已输入一次</translation>
    </message>
    <message>
        <source>Type the VIN a second time from the label.</source>
        <translation>请照标签再输入一次 VIN。</translation>
    </message>
    <message>
        <source>Typed differently</source>
        <translation>两次输入不同</translation>
    </message>
    <message>
        <source>Character %1 was another one the first time. Type the VIN again, twice.</source>
        <translation>第 %1 位与第一次不同。请重新输入两次 VIN。</translation>
    </message>
    <message>
        <source>Already running</source>
        <translation>已在进行</translation>
    </message>
    <message>
        <source>This vehicle is in work.</source>
        <translation>该车辆正在处理。</translation>
    </message>
    <message>
        <source>Scan refused</source>
        <translation>扫描被拒</translation>
    </message>
    <message>
        <source>Another vehicle is in work. Wait, then scan again.</source>
        <translation>另一车辆正在处理。请等待后再扫描。</translation>
    </message>
    <message>
        <source>Double scan ignored</source>
        <translation>忽略重复扫描</translation>
    </message>
    <message>
        <source>This vehicle was scanned a moment ago.</source>
        <translation>该车辆刚刚扫描过。</translation>
    </message>
    <message>
        <source>Scan once more</source>
        <translation>再扫描一次</translation>
    </message>
    <message>
        <source>The check digit does not fit: the second reading decides.</source>
        <translation>校验位不符：以第二次读取为准。</translation>
    </message>
    <message>
        <source>Not a VIN</source>
        <translation>不是 VIN</translation>
    </message>
    <message>
        <source>PASS</source>
        <translation>合格</translation>
    </message>
</context>
<context>
    <name>station::SelfTestModel</name>
    <message>
        <source>Vehicle bus of slot %1</source>
        <translation>工位 %1 的车辆总线</translation>
    </message>
    <message>
        <source>Certificate service</source>
        <translation>证书服务</translation>
    </message>
    <message>
        <source>Clock</source>
        <translation>时钟</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>磁盘</translation>
    </message>
    <message>
        <source>Journal</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>not there or switched off</source>
        <translation>不存在或已关闭</translation>
    </message>
    <message>
        <source>only a vehicle can tell</source>
        <translation>需接车辆才能判断</translation>
    </message>
    <message>
        <source>kept right by the network</source>
        <translation>由网络校准</translation>
    </message>
    <message>
        <source>not kept right by the network</source>
        <translation>未由网络校准</translation>
    </message>
    <message>
        <source>a backup is in use</source>
        <translation>正在使用备用</translation>
    </message>
    <message>
        <source>cannot be written</source>
        <translation>无法写入</translation>
    </message>
    <message>
        <source>%1 free</source>
        <translation>可用 %1</translation>
    </message>
    <message>
        <source>Scan the code of the technician guide.</source>
        <translation>请扫描技术员指南中的条码。</translation>
    </message>
    <message>
        <source>Everything arrives as it is printed.</source>
        <translation>内容与印刷一致。</translation>
    </message>
    <message>
        <source>Everything arrives, but slowly as if typed: switch off the scanner&apos;s pauses between keys.</source>
        <translation>内容正确，但速度像手工输入：请关闭扫描器的按键间隔。</translation>
    </message>
    <message>
        <source>Y and Z are swapped: the station expects a German keyboard, the scanner types an English one.</source>
        <translation>Y 和 Z 互换：本站为德语键盘，扫描器按英语键盘输入。</translation>
    </message>
    <message>
        <source>Digits arrive as other characters: the station expects a French keyboard.</source>
        <translation>数字变成其他字符：本站为法语键盘。</translation>
    </message>
    <message>
        <source>Letters arrive in lower case: switch Caps Lock off.</source>
        <translation>字母变成小写：请关闭大写锁定。</translation>
    </message>
    <message>
        <source>Letters and digits are right, other characters are not: set the same keyboard layout in scanner and station.</source>
        <translation>字母和数字正确，其他字符不对：请在扫描器和本站设置相同的键盘布局。</translation>
    </message>
    <message>
        <source>This is not the code of the technician guide, or characters got lost.</source>
        <translation>这不是技术员指南中的条码，或有字符丢失。</translation>
    </message>
</context>
<context>
    <name>station::SessionModel</name>
    <message>
        <source>Operator</source>
        <translation>操作员</translation>
    </message>
    <message>
        <source>Technician</source>
        <translation>技术员</translation>
    </message>
    <message>
        <source>Supervisor</source>
        <translation>主管</translation>
    </message>
    <message>
        <source>Choose your name first, then type your PIN.</source>
        <translation>请先选择姓名，再输入 PIN。</translation>
    </message>
    <message>
        <source>This badge is not known at this station.</source>
        <translation>本站不识别此工牌。</translation>
    </message>
    <message>
        <source>Wrong PIN.</source>
        <translation>PIN 错误。</translation>
    </message>
    <message numerus="yes">
        <source>Too many wrong PINs. Possible again in %n minute(s).</source>
        <translation>
            <numerusform>PIN 错误次数过多。%n 分钟后可再试。</numerusform>
        </translation>
    </message>
    <message>
        <source>The station cannot read who may use it. Call a technician.</source>
        <translation>本站无法读取用户信息。请呼叫技术员。</translation>
    </message>
</context>
<context>
    <name>station::StationModel</name>
    <message>
        <source>The station cannot read its journal: no vehicle can be done.</source>
        <translation>本站无法读取日志：不能处理任何车辆。</translation>
    </message>
    <message>
        <source>Certificate service away since %1: no new certificates, results are kept.</source>
        <translation>证书服务自 %1 起中断：无法签发新证书，结果已保存。</translation>
    </message>
    <message numerus="yes">
        <source>%n result(s) kept here, being sent.</source>
        <translation>
            <numerusform>本地保存 %n 条结果，正在发送。</numerusform>
        </translation>
    </message>
    <message>
        <source>Backup certificate authority in use since %1: work goes on.</source>
        <translation>自 %1 起使用备用签发机构：工作继续。</translation>
    </message>
    <message>
        <source>Backup certificate service in use since %1: work goes on.</source>
        <translation>自 %1 起使用备用证书服务：工作继续。</translation>
    </message>
    <message>
        <source>Slot %1 was interrupted. Scan this vehicle: the work goes on where it stopped.</source>
        <translation>工位 %1 曾中断。扫描该车辆：从中断处继续。</translation>
    </message>
    <message numerus="yes">
        <source>%n more vehicle(s) wait like this.</source>
        <translation>
            <numerusform>另有 %n 辆车同样等待。</numerusform>
        </translation>
    </message>
    <message>
        <source>Unfinished</source>
        <translation>未完成</translation>
    </message>
</context>
<context>
    <name>station::StepListModel</name>
    <message>
        <source>skipped</source>
        <translation>跳过</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>retry %1 of %2</source>
        <translation>第 %1/%2 次</translation>
    </message>
    <message>
        <source>running</source>
        <translation>进行中</translation>
    </message>
    <message>
        <source>done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>不合格</translation>
    </message>
</context>
</TS>
