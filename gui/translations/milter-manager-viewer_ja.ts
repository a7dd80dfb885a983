<?xml version="1.0" encoding="utf-8"?>
<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!DOCTYPE TS>
<TS version="2.1" language="ja_JP" sourcelanguage="en_GB">
    <context>
        <name>ChartContent</name>
        <message>
            <source>There are no numbers of this kind here.</source>
            <translation>この種類のデータはありません。</translation>
        </message>
    </context>
    <context>
        <name>ChartTitle</name>
        <message>
            <source>How connections ended</source>
            <translation>接続の結果</translation>
        </message>
        <message>
            <source>What headers report</source>
            <translation>ヘッダーによる報告</translation>
        </message>
        <message>
            <source>Load</source>
            <translation>負荷</translation>
        </message>
        <message>
            <source>How messages ended</source>
            <translation>メールの結果</translation>
        </message>
        <message>
            <source>Evaluation: verdicts that were not enforced</source>
            <translation>評価モード：適用されなかった判定</translation>
        </message>
        <message>
            <source>Delays by greylisting</source>
            <translation>グレイリストによる遅延</translation>
        </message>
        <message>
            <source>%1: %2</source>
            <extracomment>%1 is a milter's name, %2 what a chart shows</extracomment>
            <translation>%1：%2</translation>
        </message>
    </context>
    <context>
        <name>Live</name>
        <message>
            <source>%1 answers: %2</source>
            <translation>%1の応答：%2</translation>
        </message>
        <message>
            <source>%1 does not answer</source>
            <translation>%1は応答しません</translation>
        </message>
        <message>
            <source>%1 is no metrics address</source>
            <translation>%1はメトリクスのアドレスではありません</translation>
        </message>
    </context>
    <context>
        <name>MessageBar</name>
        <message>
            <source>Put this message away</source>
            <translation>このメッセージを閉じる</translation>
        </message>
        <message numerus="yes">
            <source>And %n more.</source>
            <translation>
                <numerusform>ほか%n件。</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>MilterDelegate</name>
        <message>
            <source>%1 % rejected</source>
            <extracomment>%1 is a share of mails</extracomment>
            <translation>%1 % 拒否</translation>
        </message>
        <message>
            <source>evaluation</source>
            <translation>評価中</translation>
        </message>
    </context>
    <context>
        <name>Numbers</name>
        <message>
            <source>%1 %</source>
            <translation>%1 %</translation>
        </message>
        <message>
            <source>0 s</source>
            <translation>0秒</translation>
        </message>
        <message>
            <source>%1 ms</source>
            <translation>%1ミリ秒</translation>
        </message>
        <message>
            <source>%1 s</source>
            <translation>%1秒</translation>
        </message>
        <message>
            <source>%1 min %2 s</source>
            <translation>%1分%2秒</translation>
        </message>
        <message>
            <source>%1 h %2 min</source>
            <translation>%1時間%2分</translation>
        </message>
    </context>
    <context>
        <name>OpenDialogue</name>
        <message>
            <source>Open a folder of archives</source>
            <translation>集計データのフォルダーを開く</translation>
        </message>
        <message>
            <source>Open log files</source>
            <translation>ログファイルを開く</translation>
        </message>
        <message>
            <source>Open archives on a host</source>
            <translation>ホストの集計データを開く</translation>
        </message>
        <message>
            <source>ssh fetches the archives. It must reach the host without asking for a password.</source>
            <translation>sshで集計データを取得します。パスワードなしで接続できる必要があります。</translation>
        </message>
        <message>
            <source>&amp;Host:</source>
            <translation>ホスト(&amp;H)：</translation>
        </message>
        <message>
            <source>&amp;Folder there:</source>
            <translation>フォルダー(&amp;F)：</translation>
        </message>
        <message>
            <source>Open a running manager</source>
            <translation>動作中のmilter managerを開く</translation>
        </message>
        <message>
            <source>Its controller socket (controller.connection_spec) or the address of its metrics.</source>
            <translation>コントローラーのソケット（controller.connection_spec）またはメトリクスのアドレスです。</translation>
        </message>
        <message>
            <source>&amp;Address:</source>
            <translation>アドレス(&amp;A)：</translation>
        </message>
    </context>
    <context>
        <name>Picture</name>
        <message>
            <source>%1 to %2</source>
            <extracomment>from a moment to a moment</extracomment>
            <translation>%1〜%2</translation>
        </message>
        <message>
            <source>%1 can't be written: %2</source>
            <translation>%1に書き込めません：%2</translation>
        </message>
        <message>
            <source>Standard output</source>
            <translation>標準出力</translation>
        </message>
    </context>
    <context>
        <name>Place</name>
        <message>
            <source>%1: this is no name of a host that ssh can be given</source>
            <translation>%1：sshのホスト名として使えません</translation>
        </message>
        <message>
            <source>%1: a folder's name with such characters can't be asked for</source>
            <translation>%1：このような文字を含むフォルダー名は使えません</translation>
        </message>
        <message>
            <source>%1: a metrics address looks like http://localhost:9764/metrics</source>
            <translation>%1：メトリクスのアドレスはhttp://localhost:9764/metricsの形です</translation>
        </message>
        <message>
            <source>There is nothing to open.</source>
            <translation>開くものがありません。</translation>
        </message>
        <message>
            <source>%1: this is a folder. Several words have to be log files</source>
            <translation>%1：フォルダーです。複数指定できるのはログファイルだけです</translation>
        </message>
        <message>
            <source>%1 — %2</source>
            <translation>%1 — %2</translation>
        </message>
        <message numerus="yes">
            <source>%1 and %n more log file(s)</source>
            <translation>
                <numerusform>%1とほか%n個のログファイル</numerusform>
            </translation>
        </message>
        <message>
            <source>%1 (ssh)</source>
            <translation>%1（ssh）</translation>
        </message>
        <message>
            <source>Running manager at %1</source>
            <translation>動作中のmilter manager（%1）</translation>
        </message>
        <message>
            <source>Metrics of %1</source>
            <translation>%1のメトリクス</translation>
        </message>
    </context>
    <context>
        <name>Series</name>
        <message>
            <source>pass</source>
            <translation>通過</translation>
        </message>
        <message>
            <source>accept</source>
            <translation>受理</translation>
        </message>
        <message>
            <source>reject</source>
            <translation>拒否</translation>
        </message>
        <message>
            <source>discard</source>
            <translation>破棄</translation>
        </message>
        <message>
            <source>temporary failure</source>
            <translation>一時拒否</translation>
        </message>
        <message>
            <source>quarantine</source>
            <translation>隔離</translation>
        </message>
        <message>
            <source>abort</source>
            <translation>中断</translation>
        </message>
        <message>
            <source>error</source>
            <translation>エラー</translation>
        </message>
        <message>
            <source>stop</source>
            <translation>対象外</translation>
        </message>
        <message>
            <source>recipients</source>
            <translation>宛先</translation>
        </message>
        <message>
            <source>recipients refused by milters</source>
            <translation>milterが拒否した宛先</translation>
        </message>
        <message>
            <source>recipients rejected</source>
            <translation>宛先の拒否</translation>
        </message>
        <message>
            <source>recipients deferred</source>
            <translation>宛先の一時拒否</translation>
        </message>
        <message>
            <source>bytes of headers and bodies</source>
            <translation>ヘッダーと本文のバイト数</translation>
        </message>
        <message>
            <source>spam</source>
            <translation>迷惑メール</translation>
        </message>
        <message>
            <source>virus</source>
            <translation>ウイルス</translation>
        </message>
        <message>
            <source>URIBL</source>
            <translation>URIBL該当</translation>
        </message>
        <message>
            <source>greylisting pass</source>
            <translation>グレイリスト通過</translation>
        </message>
        <message>
            <source>tarpitting pass</source>
            <translation>ターピット通過</translation>
        </message>
        <message>
            <source>SPF pass</source>
            <translation>SPF成功</translation>
        </message>
        <message>
            <source>SPF fail</source>
            <translation>SPF失敗</translation>
        </message>
        <message>
            <source>Sender ID pass</source>
            <translation>Sender ID成功</translation>
        </message>
        <message>
            <source>Sender ID fail</source>
            <translation>Sender ID失敗</translation>
        </message>
        <message>
            <source>DKIM pass</source>
            <translation>DKIM成功</translation>
        </message>
        <message>
            <source>DKIM fail</source>
            <translation>DKIM失敗</translation>
        </message>
        <message>
            <source>DKIM ADSP pass</source>
            <translation>DKIM ADSP成功</translation>
        </message>
        <message>
            <source>DKIM ADSP fail</source>
            <translation>DKIM ADSP失敗</translation>
        </message>
        <message>
            <source>SMTP connections</source>
            <translation>SMTP接続</translation>
        </message>
        <message>
            <source>milter connections</source>
            <translation>milterへの接続</translation>
        </message>
        <message>
            <source>disconnected by the client</source>
            <translation>クライアントからの切断</translation>
        </message>
        <message>
            <source>connections at once</source>
            <translation>同時接続数</translation>
        </message>
        <message>
            <source>open</source>
            <translation>接続中</translation>
        </message>
        <message>
            <source>busy, at most</source>
            <translation>処理中（最大）</translation>
        </message>
        <message>
            <source>busy, on average</source>
            <translation>処理中（平均）</translation>
        </message>
        <message>
            <source>busy at the minute's end</source>
            <translation>処理中（毎分の終わり）</translation>
        </message>
        <message>
            <source>wait of half of the messages</source>
            <translation>待ち時間（半数）</translation>
        </message>
        <message>
            <source>wait of 95 of 100 messages</source>
            <translation>待ち時間（100通中95通）</translation>
        </message>
        <message>
            <source>wait of 99 of 100 messages</source>
            <translation>待ち時間（100通中99通）</translation>
        </message>
        <message>
            <source>errors</source>
            <translation>エラー</translation>
        </message>
        <message>
            <source>of these, timeouts</source>
            <translation>うち時間切れ</translation>
        </message>
        <message>
            <source>up to 1 minute</source>
            <translation>1分以内</translation>
        </message>
        <message>
            <source>up to 5 minutes</source>
            <translation>5分以内</translation>
        </message>
        <message>
            <source>up to 10 minutes</source>
            <translation>10分以内</translation>
        </message>
        <message>
            <source>up to 30 minutes</source>
            <translation>30分以内</translation>
        </message>
        <message>
            <source>up to 60 minutes</source>
            <translation>60分以内</translation>
        </message>
        <message>
            <source>longer</source>
            <translation>60分超</translation>
        </message>
    </context>
    <context>
        <name>Ssh</name>
        <message>
            <source>%1: this is no name of a host</source>
            <translation>%1：ホスト名ではありません</translation>
        </message>
        <message>
            <source>ssh cannot be started: %1</source>
            <translation>sshを起動できません：%1</translation>
        </message>
        <message>
            <source>%1: cancelled</source>
            <translation>%1：中止しました</translation>
        </message>
        <message numerus="yes">
            <source>%1 has said nothing for %n second(s)</source>
            <translation>
                <numerusform>%1から%n秒間応答がありません</numerusform>
            </translation>
        </message>
        <message>
            <source>%1 goes on behind the end of its archives</source>
            <translation>%1は集計データの終わりの後もデータを送り続けています</translation>
        </message>
        <message>
            <source>%1: ssh ended with status %2</source>
            <translation>%1：sshが状態%2で終了しました</translation>
        </message>
        <message>
            <source>%1: the archives came in part only</source>
            <translation>%1：集計データの一部しか届きませんでした</translation>
        </message>
    </context>
    <context>
        <name>Ticks</name>
        <message>
            <source>d MMM</source>
            <extracomment>a day on the axis of time, as QLocale::toString() takes it</extracomment>
            <translation>M月d日</translation>
        </message>
        <message>
            <source>MMM</source>
            <extracomment>a month on the axis of time</extracomment>
            <translation>M月</translation>
        </message>
        <message>
            <source>ddd d MMM yyyy</source>
            <extracomment>a day, with its year</extracomment>
            <translation>yyyy年M月d日(ddd)</translation>
        </message>
        <message>
            <source>ddd d MMM yyyy HH:mm</source>
            <extracomment>a moment</extracomment>
            <translation>yyyy年M月d日(ddd) HH:mm</translation>
        </message>
    </context>
    <context>
        <name>Tuning</name>
        <message>
            <source>Archives tell how many were busy at once, and of no single mail: no replay, no service times. Log files tell more.</source>
            <translation>集計データから分かるのは同時に処理した数だけで、個々のメールの再現や処理時間は分かりません。ログファイルならもっと分かります。</translation>
        </message>
        <message numerus="yes">
            <source>So far back the archives have one row for %n hour(s): its busiest hour was busier than shown.</source>
            <translation>
                <numerusform>この時期の集計データは%n時間に1行です。最も忙しい1時間は、表示より忙しかったはずです。</numerusform>
            </translation>
        </message>
        <message>
            <source>Archives tell how many mails would have been refused, and of no single mail: whether others refused them too is in the log files.</source>
            <translation>集計データから分かるのは拒否相当のメールの数だけです。他も拒否したかどうかはログファイルにあります。</translation>
        </message>
        <message>
            <source>The logs tell of no milter that asks spamd in this period.</source>
            <translation>この期間のログに、spamdを使うmilterの記録がありません。</translation>
        </message>
        <message>
            <source>The logs have no lines of the MTA on deferrals: who was deferred, and who came back when, is not known.</source>
            <translation>ログにMTAの一時拒否の記録がないため、誰がいつ再送したかが分かりません。</translation>
        </message>
        <message>
            <source>The logs tell of no milter in evaluation in this period.</source>
            <translation>この期間のログに、評価中のmilterの記録がありません。</translation>
        </message>
    </context>
    <context>
        <name>Unit</name>
        <message>
            <source>at once</source>
            <translation>同時</translation>
        </message>
        <message>
            <source>seconds</source>
            <translation>秒</translation>
        </message>
        <message>
            <source>bytes/min</source>
            <translation>バイト/分</translation>
        </message>
        <message>
            <source>connections/min</source>
            <translation>接続/分</translation>
        </message>
        <message>
            <source>messages/min</source>
            <translation>通/分</translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::ArchiveSource</name>
        <message>
            <source>What greylisting did to single mails no archive tells: open the log files.</source>
            <translation>グレイリストが個々のメールに何をしたかは、集計データには残っていません。ログファイルを開いてください。</translation>
        </message>
        <message>
            <source>Each host has archives of its own: choose the folder of one of them.</source>
            <translation>ホストごとに集計データがあります。どれか1つのフォルダーを選んでください。</translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::Chart</name>
        <message>
            <source>Series of %1</source>
            <translation>%1の系列</translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::ChartsPage</name>
        <message>
            <source>Open a folder of archives, log files or a running manager.</source>
            <translation>集計データのフォルダー、ログファイル、または動作中のmilter managerを開いてください。</translation>
        </message>
        <message>
            <source>Reading …</source>
            <translation>読み込み中…</translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::EvaluationPage</name>
        <message>
            <source>Milters on trial</source>
            <translation>評価中のmilter</translation>
        </message>
        <message>
            <source>No milter was on trial in this period.</source>
            <translation>この期間に評価中のmilterはありませんでした。</translation>
        </message>
        <message>
            <source>milter.evaluation_mode = true in milter-manager.conf puts a milter on trial: it is asked, and what it says is counted and not done.</source>
            <translation>milter-manager.confでmilter.evaluation_mode = trueとすると評価モードになります。milterへの問い合わせは行い、判定は数えるだけで適用しません。</translation>
        </message>
        <message>
            <source>Control group, for which it is enforced: %1 of %2 messages refused.</source>
            <translation>対照群（適用中）：%2通中%1通を拒否。</translation>
        </message>
        <message>
            <source>There is no control group: milter.enforcement_share makes one.</source>
            <translation>対照群はありません。milter.enforcement_shareで作れます。</translation>
        </message>
        <message>
            <source>%1 would have refused %2 of %3 messages</source>
            <translation>%1を適用していれば、%3通中%2通を拒否</translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::Evaluations</name>
        <message>
            <source>Milter</source>
            <translation>milter</translation>
        </message>
        <message>
            <source>Judged</source>
            <translation>判定</translation>
        </message>
        <message>
            <source>Would refuse</source>
            <translation>拒否相当</translation>
        </message>
        <message>
            <source>Of the judged</source>
            <translation>判定に占める割合</translation>
        </message>
        <message>
            <source>Would be lost</source>
            <translation>失われる</translation>
        </message>
        <message>
            <source>Others refused too</source>
            <translation>他も拒否</translation>
        </message>
        <message>
            <source>Lost, nobody else against it</source>
            <translation>失われ、他は問題なし</translation>
        </message>
        <message>
            <source>Enforced: judged</source>
            <translation>適用中：判定</translation>
        </message>
        <message>
            <source>Enforced: refused</source>
            <translation>適用中：拒否</translation>
        </message>
        <message>
            <source>Conclusion</source>
            <translation>結論</translation>
        </message>
        <message>
            <source>It has judged nothing yet.</source>
            <translation>まだ何も判定していません。</translation>
        </message>
        <message>
            <source>It may be enforced: fewer than %1 of all mails would be lost with nothing else against them.</source>
            <translation>適用できます。他に問題がないのに失われるメールは全体の%1未満です。</translation>
        </message>
        <message>
            <source>Too strict: more than %1 of all mails would be lost with nothing else against them.</source>
            <translation>厳しすぎます。他に問題がないのに失われるメールが全体の%1を超えます。</translation>
        </message>
        <message numerus="yes">
            <source>Not known yet; about %n more day(s) are likely to tell.</source>
            <translation>
                <numerusform>まだ判断できません。あと約%n日で分かる見込みです。</numerusform>
            </translation>
        </message>
        <message>
            <source>Not known yet: go on.</source>
            <translation>まだ判断できません。続けてください。</translation>
        </message>
        <message>
            <source>On the limit of %1: more mails are not likely to tell.</source>
            <translation>ちょうど%1の境目です。メールが増えても判断できない見込みです。</translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::GreylistDelays</name>
        <message>
            <source>estimate</source>
            <translation>推定</translation>
        </message>
        <message>
            <source>replayed</source>
            <translation>再現</translation>
        </message>
        <message>
            <source>Delay</source>
            <translation>遅延</translation>
        </message>
        <message>
            <source>Never pass</source>
            <translation>通過せず</translation>
        </message>
        <message>
            <source>Of the deferred</source>
            <translation>一時拒否に占める割合</translation>
        </message>
        <message>
            <source>Pass</source>
            <translation>通過</translation>
        </message>
        <message>
            <source>Median wait</source>
            <translation>待ち時間の中央値</translation>
        </message>
        <message>
            <source>95 of 100 wait less than</source>
            <translation>100通中95通の待ち時間</translation>
        </message>
        <message>
            <source>Mean wait</source>
            <translation>平均の待ち時間</translation>
        </message>
        <message>
            <source>Known by</source>
            <translation>根拠</translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::GreylistPage</name>
        <message>
            <source>Time for which a sender that passed is known</source>
            <translation>通過した送信者を覚えておく時間</translation>
        </message>
        <message numerus="yes">
            <source>%n hour(s)</source>
            <translation>
                <numerusform>%n時間</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n day(s)</source>
            <translation>
                <numerusform>%n日</numerusform>
            </translation>
        </message>
        <message>
            <source>Delay in minutes</source>
            <translation>遅延（分）</translation>
        </message>
        <message>
            <source>&amp;Milter:</source>
            <translation>milter(&amp;M)：</translation>
        </message>
        <message>
            <source>Whi&amp;te list for:</source>
            <translation>自動ホワイトリスト(&amp;T)：</translation>
        </message>
        <message>
            <source>&amp;Delay</source>
            <translation>遅延(&amp;D)</translation>
        </message>
        <message numerus="yes">
            <source>&amp;Recommended: %n minute(s)</source>
            <translation>
                <numerusform>推奨：%n分(&amp;R)</numerusform>
            </translation>
        </message>
        <message>
            <source>Nobody was deferred in this period.</source>
            <translation>この期間に一時拒否されたメールはありません。</translation>
        </message>
        <message>
            <source>There are no numbers of this kind here.</source>
            <translation>この種類のデータはありません。</translation>
        </message>
        <message>
            <source>When senders come back</source>
            <translation>再送までの時間</translation>
        </message>
        <message>
            <source>% of them</source>
            <translation>再送の%</translation>
        </message>
        <message>
            <source>minutes after the first attempt</source>
            <translation>最初の試行からの分数</translation>
        </message>
        <message>
            <source>What so long a delay would do</source>
            <translation>遅延の長さによる違い</translation>
        </message>
        <message>
            <source>% of senders caught</source>
            <translation>捕まる送信者の%</translation>
        </message>
        <message>
            <source>wait, minutes</source>
            <translation>待ち時間（分）</translation>
        </message>
        <message>
            <source>minutes of delay</source>
            <translation>遅延（分）</translation>
        </message>
        <message>
            <source>never pass</source>
            <translation>通過しない</translation>
        </message>
        <message>
            <source>wait of the others, median</source>
            <translation>他の待ち時間の中央値</translation>
        </message>
        <message>
            <source>wait of 95 of 100</source>
            <translation>100通中95通の待ち時間</translation>
        </message>
        <message numerus="yes">
            <source>%n minute(s): %1 of the deferred never pass, the others wait %2</source>
            <translation>
                <numerusform>%n分：一時拒否した%1は通過せず、他は%2待つ</numerusform>
            </translation>
        </message>
        <message>
            <source>%1 caught, %2 passed; 95 of 100 wait no longer than %3.</source>
            <translation>捕まる%1通、通過%2通。100通中95通は%3以内です。</translation>
        </message>
        <message>
            <source>So it would have been with these mails.</source>
            <translation>実際のメールで再現した結果です。</translation>
        </message>
        <message>
            <source>An estimate: the delay in force is shorter.</source>
            <translation>推定です（現在の遅延より長いため）。</translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::Hosts</name>
        <message>
            <source>All hosts</source>
            <translation>すべてのホスト</translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::LiveSource</name>
        <message>
            <source>A running manager tells what it counts, and of no single mail: open its archives or log files.</source>
            <translation>動作中のmilter managerから分かるのは数だけで、個々のメールは分かりません。集計データかログファイルを開いてください。</translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::LogSource</name>
        <message numerus="yes">
            <source>Reading %n log file(s) …</source>
            <translation>
                <numerusform>ログファイル%n個を読み込み中…</numerusform>
            </translation>
        </message>
        <message>
            <source>There is no event of milter-manager in the log.</source>
            <translation>ログにmilter-managerの記録がありません。</translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::MainWindow</name>
        <message>
            <source>milter manager viewer</source>
            <translation>milter managerビューアー</translation>
        </message>
        <message>
            <source>M&amp;ilters</source>
            <translation>milter(&amp;I)</translation>
        </message>
        <message>
            <source>Ho&amp;sts</source>
            <translation>ホスト(&amp;S)</translation>
        </message>
        <message>
            <source>Charts</source>
            <translation>グラフ</translation>
        </message>
        <message>
            <source>spamd children</source>
            <translation>spamdの子プロセス</translation>
        </message>
        <message>
            <source>Greylist</source>
            <translation>グレイリスト</translation>
        </message>
        <message>
            <source>Evaluation</source>
            <translation>評価</translation>
        </message>
        <message>
            <source>%1 — milter manager viewer</source>
            <translation>%1 — milter managerビューアー</translation>
        </message>
        <message>
            <source>Numbers up to %1</source>
            <translation>%1までのデータ</translation>
        </message>
        <message>
            <source>There is no milter "%1" here.</source>
            <translation>「%1」というmilterはありません。</translation>
        </message>
        <message>
            <source>There is no host "%1" here.</source>
            <translation>「%1」というホストはありません。</translation>
        </message>
        <message>
            <source>&amp;As the desktop</source>
            <translation>デスクトップに合わせる(&amp;A)</translation>
        </message>
        <message>
            <source>&amp;Light</source>
            <translation>明るい(&amp;L)</translation>
        </message>
        <message>
            <source>&amp;Dark</source>
            <translation>暗い(&amp;D)</translation>
        </message>
        <message>
            <source>High &amp;contrast</source>
            <translation>高コントラスト(&amp;C)</translation>
        </message>
        <message>
            <source>&amp;File</source>
            <translation>ファイル(&amp;F)</translation>
        </message>
        <message>
            <source>Open &amp;folder …</source>
            <translation>フォルダーを開く(&amp;F)…</translation>
        </message>
        <message>
            <source>Open &amp;host (ssh) …</source>
            <translation>ホストを開く（ssh）(&amp;H)…</translation>
        </message>
        <message>
            <source>Open &amp;log files …</source>
            <translation>ログファイルを開く(&amp;L)…</translation>
        </message>
        <message>
            <source>Open running &amp;manager …</source>
            <translation>動作中のmilter managerを開く(&amp;M)…</translation>
        </message>
        <message>
            <source>Open &amp;recent</source>
            <translation>最近開いたもの(&amp;R)</translation>
        </message>
        <message>
            <source>&amp;Export</source>
            <translation>書き出し(&amp;E)</translation>
        </message>
        <message>
            <source>As &amp;picture (PNG) …</source>
            <translation>画像（PNG）(&amp;P)…</translation>
        </message>
        <message>
            <source>As &amp;drawing (SVG) …</source>
            <translation>図（SVG）(&amp;D)…</translation>
        </message>
        <message>
            <source>As &amp;tables (CSV) …</source>
            <translation>表（CSV）(&amp;T)…</translation>
        </message>
        <message>
            <source>&amp;Print …</source>
            <translation>印刷(&amp;P)…</translation>
        </message>
        <message>
            <source>&amp;Quit</source>
            <translation>終了(&amp;Q)</translation>
        </message>
        <message>
            <source>&amp;Forget these</source>
            <translation>履歴を消去(&amp;F)</translation>
        </message>
        <message>
            <source>&amp;View</source>
            <translation>表示(&amp;V)</translation>
        </message>
        <message>
            <source>&amp;Charts</source>
            <translation>グラフ(&amp;C)</translation>
        </message>
        <message>
            <source>&amp;spamd children</source>
            <translation>spamdの子プロセス(&amp;S)</translation>
        </message>
        <message>
            <source>&amp;Greylist</source>
            <translation>グレイリスト(&amp;G)</translation>
        </message>
        <message>
            <source>&amp;Evaluation</source>
            <translation>評価(&amp;E)</translation>
        </message>
        <message>
            <source>Zoom &amp;in</source>
            <translation>拡大(&amp;I)</translation>
        </message>
        <message>
            <source>Zoom &amp;out</source>
            <translation>縮小(&amp;O)</translation>
        </message>
        <message>
            <source>&amp;Back in time</source>
            <translation>過去へ(&amp;B)</translation>
        </message>
        <message>
            <source>&amp;Forward in time</source>
            <translation>未来へ(&amp;F)</translation>
        </message>
        <message>
            <source>&amp;Whole time</source>
            <translation>全期間(&amp;W)</translation>
        </message>
        <message>
            <source>&amp;Read anew</source>
            <translation>読み込み直す(&amp;R)</translation>
        </message>
        <message>
            <source>&amp;Peaks, not means</source>
            <translation>平均ではなく最大(&amp;P)</translation>
        </message>
        <message>
            <source>Co&amp;lours</source>
            <translation>配色(&amp;L)</translation>
        </message>
        <message>
            <source>La&amp;nguage</source>
            <translation>言語(&amp;N)</translation>
        </message>
        <message>
            <source>&amp;Help</source>
            <translation>ヘルプ(&amp;H)</translation>
        </message>
        <message>
            <source>&amp;Mouse and keys</source>
            <translation>マウスとキー(&amp;M)</translation>
        </message>
        <message>
            <source>Mouse and keys</source>
            <translation>マウスとキー</translation>
        </message>
        <message>
            <source>Drag a chart to move in time, turn the wheel to zoom, hold Shift and drag to zoom to a stretch, double-click to zoom in.

In a chart: Left and Right, Page Up and Page Down move; Plus and Minus zoom; Home and End go to the beginning and the end; Ctrl with Left and Right moves the cross-hair, Escape hides it.

Anywhere: Ctrl+1 to Ctrl+4 choose a page, Alt with Left and Right move in time, Ctrl+0 shows all, F5 reads anew.</source>
            <translation>グラフをドラッグすると時間を移動し、ホイールで拡大・縮小します。Shiftを押しながらドラッグするとその範囲を拡大し、ダブルクリックでも拡大します。

グラフの中では、左右の矢印とPage Up・Page Downで移動、プラスとマイナスで拡大・縮小、HomeとEndで最初と最後へ移動します。Ctrlと左右の矢印で値を読む位置を動かし、Escapeで消します。

どこでも、Ctrl+1からCtrl+4でページを選び、Altと左右の矢印で時間を移動し、Ctrl+0で全期間を表示し、F5で読み込み直します。</translation>
        </message>
        <message>
            <source>&amp;About</source>
            <translation>このプログラムについて(&amp;A)</translation>
        </message>
        <message>
            <source>milter-manager-viewer %1 shows what milters did over months and years, and finds settings for spamd and greylisting.

Free software under the GNU General Public License, version 3 or later.</source>
            <translation>milter-manager-viewer %1は、milterの長期の統計を表示し、spamdとグレイリストの設定値を求めます。

GNU General Public License バージョン3以降の自由なソフトウェアです。</translation>
        </message>
        <message>
            <source>Export</source>
            <translation>書き出し</translation>
        </message>
        <message>
            <source>Written: %1</source>
            <translation>書き出しました：%1</translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::Milters</name>
        <message>
            <source>All milters</source>
            <translation>すべてのmilter</translation>
        </message>
        <message>
            <source>not known</source>
            <translation>不明</translation>
        </message>
        <message>
            <source>active</source>
            <translation>動作中</translation>
        </message>
        <message>
            <source>without mail</source>
            <translation>メールなし</translation>
        </message>
        <message>
            <source>failing</source>
            <translation>エラーあり</translation>
        </message>
        <message>
            <source>reachable</source>
            <translation>接続可</translation>
        </message>
        <message>
            <source>unreachable</source>
            <translation>接続不可</translation>
        </message>
        <message>
            <source>disabled</source>
            <translation>無効</translation>
        </message>
        <message>
            <source>stopped</source>
            <translation>停止中</translation>
        </message>
        <message>
            <source>rejects %1 %</source>
            <translation>%1 % を拒否</translation>
        </message>
        <message>
            <source>in evaluation</source>
            <translation>評価中</translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::RangeBar</name>
        <message>
            <source>1 hour</source>
            <translation>1時間</translation>
        </message>
        <message>
            <source>6 hours</source>
            <translation>6時間</translation>
        </message>
        <message>
            <source>1 day</source>
            <translation>1日</translation>
        </message>
        <message>
            <source>3 days</source>
            <translation>3日</translation>
        </message>
        <message>
            <source>1 week</source>
            <translation>1週間</translation>
        </message>
        <message>
            <source>2 weeks</source>
            <translation>2週間</translation>
        </message>
        <message>
            <source>1 month</source>
            <translation>1か月</translation>
        </message>
        <message>
            <source>3 months</source>
            <translation>3か月</translation>
        </message>
        <message>
            <source>6 months</source>
            <translation>6か月</translation>
        </message>
        <message>
            <source>1 year</source>
            <translation>1年</translation>
        </message>
        <message>
            <source>2 years</source>
            <translation>2年</translation>
        </message>
        <message>
            <source>5 years</source>
            <translation>5年</translation>
        </message>
        <message>
            <source>10 years</source>
            <translation>10年</translation>
        </message>
        <message>
            <source>no other period</source>
            <translation>しない</translation>
        </message>
        <message>
            <source>the period before</source>
            <translation>直前の期間</translation>
        </message>
        <message>
            <source>a day earlier</source>
            <translation>1日前</translation>
        </message>
        <message>
            <source>a week earlier</source>
            <translation>1週間前</translation>
        </message>
        <message>
            <source>four weeks earlier</source>
            <translation>4週間前</translation>
        </message>
        <message>
            <source>a year earlier</source>
            <translation>1年前</translation>
        </message>
        <message>
            <source>Range</source>
            <translation>期間</translation>
        </message>
        <message>
            <source>custom</source>
            <translation>任意</translation>
        </message>
        <message>
            <source>Length of the range</source>
            <translation>期間の長さ</translation>
        </message>
        <message>
            <source>yyyy-MM-dd HH:mm</source>
            <extracomment>a moment, as QDateTimeEdit shows it</extracomment>
            <translation>yyyy-MM-dd HH:mm</translation>
        </message>
        <message>
            <source>From</source>
            <translation>開始</translation>
        </message>
        <message>
            <source>To</source>
            <translation>終了</translation>
        </message>
        <message>
            <source>&amp;Now</source>
            <translation>現在(&amp;N)</translation>
        </message>
        <message>
            <source>Follow the present</source>
            <translation>現在に追従</translation>
        </message>
        <message>
            <source>Compare with</source>
            <translation>比較</translation>
        </message>
        <message>
            <source>&amp;Range:</source>
            <translation>期間(&amp;R)：</translation>
        </message>
        <message>
            <source>F&amp;rom:</source>
            <translation>開始(&amp;R)：</translation>
        </message>
        <message>
            <source>&amp;To:</source>
            <translation>終了(&amp;T)：</translation>
        </message>
        <message>
            <source>C&amp;ompare with:</source>
            <translation>比較(&amp;O)：</translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::SpamdChildren</name>
        <message>
            <source>Children</source>
            <translation>子プロセス</translation>
        </message>
        <message>
            <source>Mails that wait</source>
            <translation>待つメール</translation>
        </message>
        <message>
            <source>Mean wait</source>
            <translation>平均の待ち時間</translation>
        </message>
        <message>
            <source>Longest wait</source>
            <translation>最長の待ち時間</translation>
        </message>
        <message>
            <source>Memory</source>
            <translation>メモリー</translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::SpamdPage</name>
        <message>
            <source>Host</source>
            <translation>ホスト</translation>
        </message>
        <message>
            <source>Day to replay</source>
            <translation>再現する日</translation>
        </message>
        <message>
            <source>Number of children</source>
            <translation>子プロセスの数</translation>
        </message>
        <message>
            <source> MiB</source>
            <extracomment>mebibytes, behind a number</extracomment>
            <translation> MiB</translation>
        </message>
        <message>
            <source>&amp;Milter:</source>
            <translation>milter(&amp;M)：</translation>
        </message>
        <message>
            <source>&amp;Host:</source>
            <translation>ホスト(&amp;H)：</translation>
        </message>
        <message>
            <source>Re&amp;play:</source>
            <translation>再現(&amp;P)：</translation>
        </message>
        <message>
            <source>Memory of a &amp;child:</source>
            <translation>1個のメモリー(&amp;C)：</translation>
        </message>
        <message>
            <source>--ma&amp;x-children</source>
            <translation>--ma&amp;x-children</translation>
        </message>
        <message>
            <source>all hosts</source>
            <translation>すべてのホスト</translation>
        </message>
        <message>
            <source>Nothing is known of its work in this period.</source>
            <translation>この期間の処理の記録がありません。</translation>
        </message>
        <message>
            <source>all days</source>
            <translation>すべての日</translation>
        </message>
        <message>
            <source>&amp;Recommended: %1</source>
            <translation>推奨：%1(&amp;R)</translation>
        </message>
        <message>
            <source>There are no numbers of this kind here.</source>
            <translation>この種類のデータはありません。</translation>
        </message>
        <message>
            <source>Mails at once</source>
            <translation>同時に処理したメール</translation>
        </message>
        <message>
            <source>minutes of the period</source>
            <extracomment>how long</extracomment>
            <translation>期間中の分数</translation>
        </message>
        <message>
            <source>mails worked on at once</source>
            <translation>同時に処理したメールの数</translation>
        </message>
        <message>
            <source>What so many children would do</source>
            <translation>子プロセスの数による違い</translation>
        </message>
        <message>
            <source>% of mails wait</source>
            <translation>待つメールの%</translation>
        </message>
        <message>
            <source>memory, GiB</source>
            <translation>メモリー（GiB）</translation>
        </message>
        <message>
            <source>children</source>
            <translation>子プロセス</translation>
        </message>
        <message>
            <source>mails that wait</source>
            <translation>待つメール</translation>
        </message>
        <message>
            <source>memory</source>
            <translation>メモリー</translation>
        </message>
        <message>
            <source>Those that wait do so for %1 on average, at most for %2.</source>
            <translation>待ち時間は平均%1、最長%2です。</translation>
        </message>
        <message>
            <source>There were too few children already: these waits hold time spent queueing. Try more for some days.</source>
            <translation>子プロセスがすでに足りていませんでした。この待ち時間には順番待ちの時間が含まれています。数日間、数を増やして試してください。</translation>
        </message>
        <message>
            <source>--max-children=%1: %2 of the mails wait, %3 of memory</source>
            <translation>--max-children=%1：メールの%2が待つ、メモリー%3</translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::SshSource</name>
        <message>
            <source>A temporary folder cannot be made: %1</source>
            <translation>一時フォルダーを作れません：%1</translation>
        </message>
        <message>
            <source>Fetching from %1: %2</source>
            <translation>%1から取得中：%2</translation>
        </message>
    </context>
    <context>
        <name>milter_manager::gui::TuningPage</name>
        <message>
            <source>&amp;Copy as configuration</source>
            <translation>設定としてコピー(&amp;C)</translation>
        </message>
        <message>
            <source>Lines for the configuration</source>
            <translation>設定に書く行</translation>
        </message>
        <message>
            <source>Reading …</source>
            <translation>読み込み中…</translation>
        </message>
        <message>
            <source>No answer from here</source>
            <translation>ここからは分かりません</translation>
        </message>
        <message>
            <source>Milter</source>
            <translation>milter</translation>
        </message>
    </context>
</TS>
