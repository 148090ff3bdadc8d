/* SPDX-License-Identifier: Apache-2.0 */
/* help.c - the help of every subcommand in Chinese */
#include "language/language.h"

/* clang-format off: a table, each text on a line of its own */
const struct sentence sentences_of_help[] = {
    {"NAME", "名称"},
    {"DIR", "目录"},
    {"FILE", "文件"},
    {"ROLE", "角色"},
    {"ID", "编号"},
    {"Usage:", "用法："},
    {"  or: ", "  或："},
    {"[OPTION…]", "[选项…]"},
    {"SUBCOMMAND …", "子命令 …"},
    {"The command line of Jusha, a neighbourhood coordination system.",
     "聚沙（街道共建共治协调系统）的命令行。"},
    {"Subcommands (\"jusha SUBCOMMAND --help\" tells more):",
     "子命令（详见“jusha 子命令 --help”）："},
    {"Exit codes: 0 done; 1 refused, or rows of a file failed; 2 wrong usage, nothing was sent; 3 "
     "no answer (UNAVAILABLE, UNKNOWN, DEADLINE_EXCEEDED); 4 it was done, but what it printed "
     "could not be written. Chinese when LC_ALL, LC_MESSAGES or LANG is, else English. JUSHA_LOG=1 "
     "prints what goes on underneath.",
     "退出码：0 完成；1 被拒绝，或文件中有行失败；2 用法有误，什么也没有发送；3 "
     "没有答复（UNAVAILABLE、UNKNOWN、DEADLINE_EXCEEDED）；4 "
     "已经完成，但结果没能写出。LC_ALL、LC_MESSAGES 或 LANG "
     "为中文时说中文，否则说英文。JUSHA_LOG=1 显示底层日志。"},
    {"Common options, each also from the environment:", "公共选项，都可由环境变量给出："},
    {"Client ports of the brokers (JUSHA_BROKERS)",
     "消息中枢（broker）的客户端端口（JUSHA_BROKERS）"},
    {"Own <name>.key_secret (JUSHA_CERTIFICATE)",
     "自己的证书 <名称>.key_secret（JUSHA_CERTIFICATE）"},
    {"The brokers' broker.key (JUSHA_BROKER_KEY)",
     "消息中枢的公开证书 broker.key（JUSHA_BROKER_KEY）"},
    {"Ask for somebody else: a person's id; gateways and operators only (JUSHA_ACTOR)",
     "代他人请求：人员编号；仅限网关与运维（JUSHA_ACTOR）"},
    {"The street that is meant (JUSHA_STREET)", "所指的街道（JUSHA_STREET）"},
    {"Give up after so many milliseconds, 1-60000, default 10000 (JUSHA_TIMEOUT)",
     "最多等待的毫秒数，1-60000，默认 10000（JUSHA_TIMEOUT）"},
    {"Answers and errors for machines (JUSHA_JSON=1)",
     "以 JSON 输出结果与错误，供程序读取（JUSHA_JSON=1）"},
    {"About the program:", "关于本程序："},
    {"Print this and end", "显示本帮助"},
    {"Print the version and end", "显示版本"},
    {"UUIDv7 of the intention; asking again with the same one has no second effect (default: a new "
     "one)",
     "本次意图的 UUIDv7；用同一个再问一次不会重复生效（默认新生成）"},
    {"Service to ask, for methods that every service has (JournalService)",
     "向哪个服务请求，用于每个服务都有的方法（JournalService）"},
    {"Answer only when the service has applied this position of a journal that it follows, as the "
     "reply to a command told it; may stand several times",
     "等该服务已应用其所跟随日志的这一位置后再答复，位置见命令的答复；可给出多次"},
    {"List all methods", "列出所有方法"},
    {"Call one method and print its response as JSON.", "调用一个方法，以 JSON 显示其结果。"},
    {"METHOD is the full name or the end of it: RegisterUnit; \"jusha describe METHOD\" tells its "
     "fields and rules. With - the request is read from standard input. Example:\n  jusha call "
     "--street xiasha ListUnits '{\"kind\": \"BANK\"}'",
     "方法可写全名或其末段：RegisterUnit；其字段与规则见“jusha describe 方法”。写 - "
     "时从标准输入读取请求。例如：\n  jusha call --street xiasha ListUnits '{\"kind\": \"BANK\"}'"},
    {"call one method with JSON, print its response", "以 JSON 调用一个方法，显示结果"},
    {"Every rule of every method, with its code and params; --json for programs that translate "
     "them",
     "每个方法的每条规则及其代码与参数；--json 供翻译规则的程序使用"},
    {"Tell what a method takes and answers, who may call it, and every rule that may refuse it.",
     "说明一个方法接收与返回什么、谁可以调用、以及可能拒绝它的每条规则。"},
    {"METHOD is the full name or the end of it. Nothing is sent. Example:\n  jusha describe "
     "RegisterUnit",
     "方法可写全名或其末段。不发送任何请求。例如：\n  jusha describe RegisterUnit"},
    {"what a method takes, who may call it, what refuses it", "方法接收什么、谁可以调用、因何被拒"},
    {"Whose journal; may stand several times (default: registry)",
     "哪个服务的日志；可给出多次（默认 registry）"},
    {"First event to print, or \"head\" for only those that come from now on (default: the first)",
     "从第几条事件开始，“head”表示只看今后的（默认从第一条）"},
    {"Go on behind this event, and only if the journal still has it: one that was restored from a "
     "backup may not",
     "从这条事件之后继续，且仅当日志里仍有它：从备份恢复的日志可能没有"},
    {"Go on with what happens; without it ends at the newest event",
     "持续显示新事件；不加则到最新一条为止"},
    {"Go on where this cursor stands; it is kept by the server, moves behind what was printed and "
     "belongs to the certificate",
     "从该游标处继续；游标由服务器保存，随已显示的事件前移，归证书所有"},
    {"Print the events of a street, one a line: time, number, type, subject, data.",
     "显示一个街道的事件，每行一条：时间、序号、类型、对象、数据。"},
    {"--json prints the CloudEvents JSON format, one event a line. An event's cursor moves after "
     "its line was written, at most once a second: after a crash the last ones come again, none is "
     "missing. It ends well when interrupted, and when nobody reads what it prints any more.",
     "--json 按 CloudEvents 的 JSON "
     "格式输出，每行一条。游标在写出一行之后才前移，每秒至多一次：中途崩溃后最后几条会再来一遍，但"
     "一条不缺。被中断时、或无人再读其输出时，都算正常结束。"},
    {"print a street's events, as they happened or happen",
     "显示一个街道的事件，过去的或正在发生的"},
    {"Show every broker and service, its instances and queues, the journals' heads, and how far "
     "services that follow them are behind.",
     "显示各消息中枢与服务、其实例与队列、各日志的最新序号，以及跟随者落后多少。"},
    {"Only operators and services are told. The exit code is 3 when a broker does not answer or a "
     "service is away.",
     "仅运维与服务可查。有消息中枢不答复或有服务不在时，退出码为 3。"},
    {"brokers, services, queues, journals, who follows them",
     "消息中枢、服务、队列、日志及其跟随者"},
    {"Where the certificates are (JUSHA_KEYS)", "证书所在目录（JUSHA_KEYS）"},
    {"admit, create: OPERATOR, SERVICE, GATEWAY, STREET_STAFF, COMMUNITY_STAFF, UNIT_CONTACT, "
     "VOLUNTEER, SHOP, INTEGRATOR or WORKER",
     "用于 "
     "admit、create：OPERATOR、SERVICE、GATEWAY、STREET_STAFF、COMMUNITY_STAFF、UNIT_"
     "CONTACT、VOLUNTEER、SHOP、INTEGRATOR 或 WORKER"},
    {"admit, create: streets that it may ask for, separated by a space, or *",
     "用于 admit、create：可请求的街道，以空格分隔，或 *"},
    {"Make and list the certificates that people and programs connect with, and the keys of "
     "services' personal data.",
     "生成并列出人员与程序连接所用的证书，以及各服务个人数据的密钥。"},
    {"create makes NAME.key (public, for the brokers' clients folder) and NAME.key_secret (for its "
     "owner only). admit makes the public one alone, of a key whose owner keeps the secret. init "
     "makes what a fresh installation needs: the folder, broker, operator, each service, with its "
     "data key; those that are there stay. renew appends a data key to SERVICE.data_key, which "
     "counts within two seconds; those before it still open what they sealed. Examples:\n  jusha "
     "keys create staff --role STREET_STAFF --streets xiasha --folder keys\n  jusha keys admit "
     "hall '<40 characters>' --role INTEGRATOR --streets xiasha --folder keys",
     "create 生成 名称.key（公开，放入消息中枢的客户端目录）与 "
     "名称.key_secret（只归其所有者）。admit 只登记公开部分，私钥由其所有者自存。init "
     "生成新装系统所需：目录、broker、operator、各服务及其数据密钥；已有的不动。renew 为 "
     "服务.data_key 追加一个数据密钥，两秒内生效；此前的密钥仍能打开它们封存的数据。例如：\n  "
     "jusha keys create staff --role STREET_STAFF --streets xiasha --folder keys\n  jusha keys "
     "admit hall '<40 个字符>' --role INTEGRATOR --streets xiasha --folder keys"},
    {"make, admit and list certificates, renew data keys", "生成、登记、列出证书，更新数据密钥"},
    {"Certificate of an operator, to create a street that is not there yet "
     "(JUSHA_OPERATOR_CERTIFICATE)",
     "运维证书，用于创建尚不存在的街道（JUSHA_OPERATOR_CERTIFICATE）"},
    {"Say what would be done and change nothing", "只说明会做什么，不作任何改动"},
    {"Move every day by so many weeks (default 0); \"auto\": sample days, whose day 0 is Monday "
     "2020-06-29, so that day 0 is the Monday after the street was created",
     "所有日期移动若干周（默认 0）；“auto”：样例日期以 2020-06-29（星期一）为第 0 "
     "天，移到街道创建后的那个星期一"},
    {"What the files are in: utf-8 or gb18030. Only needed for one that may be both",
     "文件的编码：utf-8 或 gb18030。仅在两者都可能时才需要"},
    {"Load the CSV files of DIR: create what is missing, update what differs, leave alone what is "
     "equal.",
     "导入目录中的 CSV 文件：没有的新建，不同的更新，相同的不动。"},
    {"street, communities, units (with pairing, alliance, contact and agreement), programme, "
     "resources, needs, volunteers, series; files are UTF-8 or GB18030 with a header row, and none "
     "of them must be there. Objects are known by their names: a unit by its credit_code or name, "
     "a need by who raised it and its title. Programme and series stay drafts until somebody "
     "publishes them. --street loads into that street whatever the slug in street.csv says. Bad "
     "rows are named by line and column and all others are loaded; running it again is safe.",
     "街道（street）、社区（communities）、单位（units，含结对、联盟、联络员与协议）、工作法（progr"
     "amme）、资源（resources）、需求（needs）、志愿者（volunteers）、系列活动（series）；文件为带"
     "表头的 UTF-8 或 GB18030，缺哪个都可以。对象按名称识别：单位按 credit_code "
     "或名称，需求按提出者与标题。工作法与系列活动导入后是草稿，须有人发布。--street "
     "指定导入哪个街道，不论 street.csv "
     "中写的是什么。有错的行按行列指出，其余照常导入；重复运行是安全的。"},
    {"load a street's CSV files, safe to run twice", "导入一个街道的 CSV 文件，可重复运行"},
    {"Folder of the certificates STREET.staff, STREET.integrator and gateway (JUSHA_KEYS)",
     "证书 街道.staff、街道.integrator 与 gateway 所在目录（JUSHA_KEYS）"},
    {"Tell the story of the sample street, which `jusha load` brought: programme and tick sheet, "
     "needs that become a project, a claim, weekly bookings, sign-ups and their waitlist, "
     "messages, a subscriber. Every line says what was done (·) or checked by reading it back (✓).",
     "讲述样例街道（由 jusha load "
     "导入）的故事：工作法与勾选单、由需求而来的项目、认领、每周预订、报名与候补、消息、订阅者。每"
     "行说明做了什么（·）或读回核对了什么（✓）。"},
    {"Chinese when LC_ALL, LC_MESSAGES or LANG is, else English. What an earlier run did is found "
     "and checked again. The exit code is 1 when a check does not hold, 3 when nobody answers, 4 "
     "when the story could not be written.",
     "LC_ALL、LC_MESSAGES 或 LANG "
     "为中文时说中文，否则说英文。此前运行做过的会被找到并再次核对。有核对不通过时退出码为 "
     "1，无人答复为 3，故事没能写出为 4。"},
    {0},
};
