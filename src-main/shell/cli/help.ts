import type { HelpTopic } from './arguments.ts';

/** What `binnacle help TOPIC` prints: at most 80 columns, ending in a line break. */
export function helpText(topic: HelpTopic): string {
  return TEXTS[topic];
}

const TEXTS: Readonly<Record<HelpTopic, string>> = {
  binnacle: `Binnacle: is everything green on the servers you run?

Usage:
  binnacle status [TARGET...]     verdict, reasons and apps of your hosts
  binnacle hosts add TARGET       remember a host
  binnacle hosts list             the hosts remembered
  binnacle hosts remove HOST      forget a host
  binnacle hosts test HOST        does it get through, and if not why
  binnacle hosts aliases          the hosts that ~/.ssh/config names
  binnacle audit show             what was done from here, and its outcome
  binnacle audit verify           whether that record is what was written
  binnacle serve                  all of it as a page, on this machine alone
  binnacle help [COMMAND]         more about a command
  binnacle --version

A target is ssh://[user@]host[:port][/path/to/socket], where host may be one
that ~/.ssh/config names; or local: for the engine of this machine. Nothing is
installed on the host; its engine is reached through one SSH connection.
A target may end in how: ?via=dial-stdio (through the host's docker client),
?via=sudo-dial-stdio (the same as root), ?tcp=127.0.0.1:2375 (a port there).

Every command takes --home DIR: where Binnacle keeps settings and host keys
(else the variable BINNACLE_HOME, else the usual place of this system).
`,
  status: `Usage: binnacle status [TARGET...] [options]

Reads the engines of the targets, or of all remembered hosts, and says whether
everything is green, what is not and why, and which apps there are.

  -i, --identity FILE       private key to log in with; may be repeated
                            (else ssh-agent, then those of ssh_config or ~/.ssh)
      --known-hosts FILE    host keys, instead of ~/.ssh/known_hosts
      --ssh-config FILE     instead of ~/.ssh/config and the system's; none: no
                            file
      --accept-host-key FP  accept a new host's key if its fingerprint is FP
                            (SHA256:...); exactly one target
      --passphrase-fd N     read passphrases of keys from file descriptor N,
                            one a line, in the order they are needed; one that
                            does not open its key is tried on the others too
      --json                one JSON document, for scripts
  -w, --watch               stay, and follow what happens
      --timeout SECONDS     for the whole command, at most 3600 (default: 30);
                            with --watch, for the first answer
      --home DIR            see binnacle help

Exit codes:
  0 green   1 attention   2 down   3 unknown   64 usage   70 internal error
  73 home cannot be used   130 interrupted before the first answer
`,
  hosts: `Usage:
  binnacle hosts add TARGET [--name NAME] [--identity FILE] [--json]
  binnacle hosts list [--json]
  binnacle hosts remove TARGET|ID|NAME [--json]
  binnacle hosts test TARGET|ID|NAME [options]
  binnacle hosts aliases [--ssh-config FILE] [--json]

Remembers hosts, so that binnacle status alone shows all of them. A new host
is only read from, never changed. Keys and passphrases are not stored: only
the paths of key files are.

test connects once, changes nothing, and says of each step on the way how long
it took: resolve, reach, host-key, authenticate, forward, socket, engine,
permissions; the first four again for each jump machine. Where it stops it says
why, what to do, what that rests on, and which other ways there are.

aliases shows what ~/.ssh/config names, and which machine each comes to; add
and test take them as ssh://ALIAS.

      --name NAME           what to call it (add)
  -i, --identity FILE       private key to log in with; may be repeated
      --known-hosts FILE    host keys, instead of ~/.ssh/known_hosts (test)
      --ssh-config FILE     instead of ~/.ssh/config and the system's; none: no
                            file (test, aliases)
      --accept-host-key FP  accept a new host's key if its fingerprint is FP
                            (test)
      --passphrase-fd N     read passphrases of keys from file descriptor N
                            (test; see binnacle help status)
      --timeout SECONDS     for the whole test, at most 3600 (default: 30);
                            not while a person is asked
      --json                one JSON document, for scripts
      --home DIR            see binnacle help

Exit codes:
  0 done, or it gets through   64 usage, host exists or is not known
  69 not reached   70 internal error   73 home cannot be used
  75 home in use, or it took too long: try again   77 not let in
  78 settings or ssh_config unreadable   130 interrupted
`,
  audit: `Usage:
  binnacle audit show [--host HOST] [--app APP] [--action ACTION]
                      [--outcome OUTCOME] [--since TIME] [--until TIME]
                      [--limit N] [--json]
  binnacle audit verify [--json]

Reads the journal of what was done from this home, also while Binnacle runs.
show prints what was done, oldest first; verify reads every record anew and
holds it against its chain and its anchor.

      --host HOST           id, name or target; of a host that was removed, as
                            it was called when something was done
      --app APP             name of an app
      --action ACTION       container.start, container.stop, container.restart
                            or app.restart
      --outcome OUTCOME     open, succeeded, failed, cancelled or unknown
      --since TIME          2026-11-21, 2026-11-21T09:14, or how long ago: 2h
      --until TIME          (s, m, h, d, w)
      --limit N             the newest N (default: 50; with --json, all)
      --json                show: the records as they stand, one a line;
                            verify: one JSON document
      --home DIR            see binnacle help

Exit codes:
  0 done, sound, or no journal yet   1 verify: not what was written
  64 usage, host is not known   70 internal error
  73 home or journal cannot be read   130 interrupted
`,
  serve: `Usage: binnacle serve [--port N] [--no-open] [--demo] [--home DIR]

Serves the window of Binnacle as a page on 127.0.0.1, for this machine alone,
prints its link and opens it in a browser where there is one. Without any
remembered host it shows a made-up fleet.

A link opens one window, within two minutes. Enter prints a fresh one, for a
further window; Ctrl-C ends Binnacle, and with it what every window may see.

      --port N              from 1024 to 65535 (default: any that is free)
      --no-open             only print the link
      --demo                the made-up fleet, also where hosts are remembered
      --home DIR            see binnacle help

Exit codes:
  0 ended by Ctrl-C   64 usage   69 port is taken   70 internal error
  73 home cannot be used   75 home in use, try again
`,
};
