import { clockTime, err, iso, out, spaced, type Voice, visitor } from './voice.ts';

/** Prometheus and its kin: logfmt, to stderr. */
export const metrics: Voice = {
  greeting: ['level=info msg="Starting"', 'level=info msg="Server is ready to receive web requests."'],
  speak(dice, { at }) {
    const head = (level: string) =>
      `ts=${iso(at)} caller=${dice.pick(['head.go:612', 'compact.go:519', 'table.go:401'])} level=${level}`;
    if (dice.chance(0.05))
      return err(`${head('warn')} msg="Error on ingesting out-of-order samples" num_dropped=${dice.int(1, 9)}`);
    if (dice.chance(0.4))
      return err(`${head('info')} msg="Head GC completed" duration=${dice.int(4, 90)}.${dice.int(100, 999)}ms`);
    return err(
      `${head('info')} msg="query stats" latency=fast duration=${dice.skewed(2, 400)}ms returned_lines=${dice.skewed(0, 500)}`,
    );
  },
  farewell: ['level=warn msg="Received SIGTERM, exiting gracefully..."'],
};

/** `Nov 21 02:54:16 mail`, as syslog begins its lines. */
function syslog(at: number): string {
  const [, day, month] = new Date(at).toUTCString().split(' ');
  return `${month} ${day} ${clockTime(at)} mail`;
}

export const smtp: Voice = {
  greeting: ['postfix/postfix-script: starting the Postfix mail system', 'daemon started -- version 3.9.1'],
  speak(dice, { at }) {
    const head = (part: string) => `${syslog(at)} postfix/${part}[${dice.int(90, 999)}]:`;
    if (dice.chance(0.15)) {
      return out(
        `${head('smtpd')} NOQUEUE: reject: RCPT from unknown[${visitor(dice)}]: 554 5.7.1 Service unavailable; blocked`,
      );
    }
    const id = dice.hex(10).toUpperCase();
    if (dice.chance(0.3)) return out(`${head('smtpd')} ${id}: client=mail.example.net[${visitor(dice)}]`);
    if (dice.chance(0.05))
      return err(`${head('smtp')} ${id}: to=<kim@example.net>, delay=31, status=deferred (timed out)`);
    return out(
      `${head('smtp')} ${id}: to=<kim@example.net>, delay=${dice.int(0, 3)}.${dice.int(1, 9)}, status=sent (250 2.0.0 Ok)`,
    );
  },
  farewell: ['postfix/postfix-script: stopping the Postfix mail system'],
};

export const imap: Voice = {
  greeting: ['master: Info: Dovecot v2.4.1 starting up for imap, lmtp'],
  speak(dice, { at }) {
    const who = dice.pick(['anna', 'kim', 'office', 'backup']);
    if (dice.chance(0.08)) {
      return out(
        `${syslog(at)} imap-login: Info: Disconnected (auth failed, 1 attempts): user=<admin>, rip=${visitor(dice)}`,
      );
    }
    if (dice.chance(0.5)) {
      return out(
        `${syslog(at)} imap-login: Info: Login: user=<${who}@example.org>, method=PLAIN, rip=${visitor(dice)}, TLS`,
      );
    }
    return out(
      `${syslog(at)} imap(${who}@example.org): Info: Logged out in=${dice.int(90, 900)} out=${dice.skewed(900, 90_000)}`,
    );
  },
  farewell: ['master: Warning: Killed with signal 15'],
};

export const spamFilter: Voice = {
  greeting: ['(main) loaded 14 dynamic modules', '(main) listening on 0.0.0.0:11332'],
  speak(dice, { at }) {
    const score = dice.skewed(-4, 18);
    const action = score >= 15 ? 'reject' : score >= 6 ? 'add header' : 'no action';
    return out(
      `${iso(at).slice(0, 19)} #${dice.int(20, 60)}(normal) <${dice.hex(6)}>; task; rspamd_task_write_log: (default: ${score >= 6 ? 'T' : 'F'} (${action}): [${score}.${dice.int(10, 99)}/15.00]) len: ${dice.skewed(900, 90_000)}, time: ${dice.skewed(20, 900)}ms`,
    );
  },
  farewell: ['(main) catch termination signal, waiting for children'],
};

export const media: Voice = {
  greeting: ['[INF] Loading plugins', '[INF] Kestrel is listening on 0.0.0.0'],
  speak(dice, { at }) {
    const head = `[${clockTime(at)}]`;
    const title = `"${dice.pick(['The Long Shore', 'Evening News', 'Tin Moon', 'Low Tide'])}"`;
    if (dice.chance(0.08))
      return err(`${head} [WRN] Slow HTTP response from /Items/Latest to ${visitor(dice)}: ${dice.int(510, 2_400)} ms`);
    if (dice.chance(0.3)) return out(`${head} [INF] Playback started of ${title} by app "Web"`);
    if (dice.chance(0.4)) return out(`${head} [INF] Playback of ${title} reported at ${dice.int(1, 90)} min`);
    return out(
      `${head} [INF] Scheduled task "Scan media library" ended after ${dice.int(0, 3)} min ${dice.int(1, 59)} s`,
    );
  },
  farewell: ['[INF] Received signal 15, stopping'],
};

export const transcode: Voice = {
  greeting: ['transcoder 7.1.1, 12 threads', 'queue: 3 titles waiting'],
  speak(dice, { at }) {
    if (dice.chance(0.04)) return err(`[${clockTime(at)}] warning: frame cache holds ${dice.int(1_880, 1_940)} MiB`);
    const frame = Math.floor(at / 16) % 180_000;
    const seconds = new Date(Math.round(frame * 41.7)).toISOString().slice(11, 22);
    return err(
      `frame=${frame} fps=${dice.int(58, 64)} q=${dice.int(22, 29)}.0 size=${Math.round(frame * 21.4)}KiB time=${seconds} bitrate=${dice.int(4_100, 4_900)}.${dice.int(0, 9)}kbits/s speed=2.${dice.int(3, 6)}x`,
    );
  },
  farewell: ['exiting normally, received signal 15'],
};

export const python: Voice = {
  greeting: ['INFO Starting, Python 3.13', 'INFO Application startup complete.'],
  speak(dice, { at }) {
    const head = (level: string) => `${spaced(at).replace('.', ',')} ${level}`;
    if (dice.chance(0.03)) {
      return err(
        `${head('ERROR')} [consumer] Error while consuming scan_${dice.int(100, 999)}.pdf`,
        'Traceback (most recent call last):',
        '  File "/usr/src/app/consumer.py", line 214, in run',
        '    document = parser.parse(path)',
        'ParseError: no text layer found, and OCR gave nothing',
      );
    }
    if (dice.chance(0.08))
      return err(
        `${head('WARNING')} [core] Update of sensor.${dice.pick(['hall', 'boiler', 'garage'])} is taking over 10 seconds`,
      );
    return err(
      `${head('INFO')} [${dice.pick(['core', 'index', 'scheduler', 'http'])}] ${dice.pick(['done', 'tick', 'refreshed', 'saved'])} in ${dice.skewed(3, 900)} ms`,
    );
  },
  farewell: ['INFO Shutting down'],
};

export const java: Voice = {
  greeting: ['INFO  Started Apache Tika server 3.2.0 at http://0.0.0.0:9998/'],
  speak(dice, { at }) {
    const head = `${spaced(at).replace('.', ',')} [qtp${dice.int(100, 999)}-${dice.int(10, 40)}]`;
    if (dice.chance(0.12)) {
      return err(
        `WARN  ${head} tika: text extraction failed`,
        'org.apache.tika.exception.TikaException: Unexpected RuntimeException from PDFParser',
        '\tat org.apache.tika.parser.CompositeParser.parse(CompositeParser.java:304)',
        '\tat org.apache.tika.server.core.resource.TikaResource.parse(TikaResource.java:354)',
        'Caused by: java.io.IOException: Missing root object specification in trailer.',
        '\t... 42 more',
      );
    }
    return out(`INFO  ${head} tika (autodetecting type) ${dice.skewed(20, 3_000)} ms`);
  },
  farewell: ['INFO  Stopped ServerConnector'],
};

export const cron: Voice = {
  greeting: ['crond: crond (busybox 1.37.0) started, log level 8'],
  speak(dice) {
    if (dice.chance(0.6)) return out('crond: USER www-data pid 41 cmd php -f /var/www/html/cron.php');
    return out(`snapshot ${dice.hex(8)} saved, ${dice.int(3, 900)} files changed`);
  },
  farewell: ['crond: received SIGTERM'],
};

/** Writes to a terminal, and colours nearly everything. */
export const terminal: Voice = {
  greeting: ['\u001b[32minfo\u001b[39m: Logging to console', '\u001b[32minfo\u001b[39m: Connected to MQTT server'],
  speak(dice, { at }) {
    const device = dice.pick(['hall_motion', 'boiler_valve', 'kitchen_plug', 'garden_temp', 'door_front']);
    const head = `[${spaced(at).slice(0, 19)}]`;
    if (dice.chance(0.06))
      return out(
        `${head} \u001b[33mwarning\u001b[39m: \tz2m: Device '${device}' did not answer, link quality ${dice.int(4, 30)}`,
      );
    return out(
      `${head} \u001b[32minfo\u001b[39m: \tz2m:mqtt: MQTT publish: topic 'zigbee2mqtt/${device}', payload '{"linkquality":${dice.int(40, 220)},"temperature":${dice.int(17, 24)}.${dice.int(0, 9)}}'`,
    );
  },
  farewell: ['\u001b[32minfo\u001b[39m: Disconnecting from MQTT server'],
};
