const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Every bound of the core in one place, with what happens beyond it. Times in milliseconds, sizes in bytes.
 */
export const limits = {
  ssh: {
    /** Beyond: CONNECT_TIMEOUT. TCP connection only. */
    connectMs: 5_000,
    /** Beyond: the name's next address is tried. Node's own 250 ms is less than a far host needs. */
    connectAttemptMs: 1_000,
    /** Beyond: HANDSHAKE_FAILED. From TCP connection to authenticated, without the time a person is asked something. */
    handshakeMs: 10_000,
    /**
     * Beyond: AUTH_UNANSWERED. What a person answers, confirms on a phone or to ssh-agent, while the host waits for it;
     * sshd's LoginGraceTime is 120 s.
     */
    challengeMs: 100_000,
    /** Beyond: AUTH_FAILED. Rounds of questions in one login, and questions in one round, of keyboard-interactive. */
    challengeRounds: 8,
    challengePrompts: 16,
    /** Beyond: the oldest are left out. Lines a host says in a login without asking; each is cut at `text.reasonChars`. */
    heardLines: 8,
    /** Wait before the one further try where a host closed the connection on a signed key without a word; then AUTH_FAILED. */
    leftAgainMs: 1_000,
    /** Beyond: not read, so that what a server offers is not told. Its greeting and its first packet (RFC 4253, 6.1: 35,000). */
    firstBytes: 36_000,
    /** Beyond: counted. Algorithms that are named of what a server offers. */
    namesShown: 8,
    /** Beyond: SSH_CONFIG_BROKEN. Machines on the way to a host, itself included. */
    hops: 8,
    /** Beyond: SSH_CONFIG_BROKEN. A file of ssh_config, all that are included by it, how deep, and lines in all. */
    configFileBytes: 1 * MIB,
    configFiles: 256,
    configDepth: 16,
    configLines: 50_000,
    /** Beyond: not told. Aliases found in ssh_config. */
    aliases: 500,
    /** Interval and count of keepalives; a dead link is seen after about interval × (count + 1): CONNECTION_LOST. */
    keepaliveMs: 3_000,
    keepaliveCount: 2,
    /** Beyond: CONNECTION_LOST for whoever asked; the connection itself is left to its keepalive. Opening one channel. */
    openChannelMs: 5_000,
    /** Beyond: EXEC_FAILED. One registered command. */
    execMs: 5_000,
    /** Beyond: what was seen until then is what is told. Looking for what keeps a host's socket closed, all its commands. */
    lookMs: 10_000,
    /** Beyond: found out anew. Age of what was found to keep a host's socket closed; a person who asks does not wait for it. */
    diagnosisMs: 60_000,
    /** Beyond: EXEC_FAILED. Further tries, and the wait before each, where sshd has not yet freed the command before. */
    execRetries: 4,
    execRetryMs: 50,
    /** Beyond: cut, and marked as cut. stdout or stderr of one registered command. */
    execOutputBytes: 64 * KIB,
    /** Beyond: left out. Last lines that are told of what a command said before it failed. */
    execErrorLines: 20,
    /** Beyond: the rest is not tried. Identities offered in one connection (sshd's MaxAuthTries is 6). */
    authOffers: 6,
    /**
     * Beyond: PASSPHRASE_WRONG. Passphrases tried on one key file, each of which costs a tenth of a second. A person is
     * asked fewer times (`terminal.tries`); a program may give as many lines as there are key files.
     */
    passphraseAttempts: 16,
    /** Beyond: AGENT_UNREACHABLE. Listing the agent's identities. Signing takes longer only where a person is asked (challengeMs). */
    agentMs: 2_000,
    /** Beyond: AGENT_UNREACHABLE. One answer of the agent; OpenSSH's own agent sends no more. */
    agentAnswerBytes: 256 * KIB,
    /** Beyond: the socket is closed without a goodbye. Wait for the host to close after a disposal. */
    goodbyeMs: 500,
    /**
     * Beyond: closed. A connection to a machine on the way that nobody needs any more. Longer than `fleet.reconnect.capMs`,
     * so that a host that tries again does not ask for another one-time code.
     */
    jumpLingerMs: 20_000,
    /** Beyond: KEY_INVALID. A private key file. */
    keyFileBytes: 256 * KIB,
    /** Beyond: HOST_KEY_UNREADABLE. A known_hosts file. */
    knownHostsBytes: 16 * MIB,
    /** Beyond: TARGET_INVALID. A target as written, and its parts; the path must fit a sockaddr_un (108 with its NUL). */
    targetChars: 2_048,
    hostChars: 255,
    userChars: 255,
    socketPathBytes: 107,
  },
  engine: {
    /** Beyond: ENGINE_TIMEOUT. Any answer to its last byte, a stream to its head; a turn waited for does not count. */
    requestMs: 8_000,
    /** Beyond: requests wait their turn. Pooled channels for short requests. */
    channels: 128,
    /** Beyond: load samples wait their turn. How many of the pooled channels they may take. */
    bulkChannels: 96,
    /** Beyond: the pooled channel is closed. */
    idleChannelMs: 30_000,
    /**
     * Beyond: requests wait, and streams are CHANNELS_EXHAUSTED. Sessions of `docker system dial-stdio` at once: sshd's
     * MaxSessions is 10 by default, and commands need one (FACTS, tunnel 4).
     */
    stdioControl: 2,
    stdioEvents: 1,
    stdioStreams: 5,
    /** All of them together with changes, which have one each: one of sshd's ten is left for a command. */
    stdioSessions: 9,
    /** Beyond: SESSIONS_EXHAUSTED. Further tries of a session sshd did not open, and the first wait, doubled each time. */
    stdioRetries: 3,
    stdioRetryMs: 50,
    /** From one question for events to the next, where no channel is left on which they could be told as they happen. */
    eventPollMs: 2_000,
    /** Beyond: the oldest is forgotten. Times kept of one kind of request, for its median. */
    costTimes: 64,
    /** Beyond: ENGINE_ANSWER_TOO_LARGE. By kind of answer. */
    smallAnswerBytes: 1 * MIB,
    inspectAnswerBytes: 4 * MIB,
    listAnswerBytes: 32 * MIB,
    /** Beyond: ENGINE_ANSWER_TOO_LARGE. On one host. */
    containers: 2_000,
    networks: 2_000,
    /** Beyond: ENGINE_ANSWER_TOO_LARGE, before it is parsed. JSON values in one answer; a container has about a hundred. */
    answerValues: 2_000_000,
    /** Beyond: ENGINE_ANSWER_INVALID, and the stream is asked for again. One line of the event stream. */
    eventLineBytes: 1 * MIB,
    /** Beyond: left out. Characters of an event's action, or of the id it is about: both are remembered. */
    eventNameChars: 256,
    /** Beyond: the oldest are forgotten, and would be told twice if the engine told them twice. */
    rememberedEvents: 2_048,
    /** Beyond: cut, and marked as cut. One log line, reassembled. */
    logLineBytes: 256 * KIB,
    /** Beyond: ENGINE_ANSWER_INVALID. One frame of a log stream; none is held whole, it tells a stream that is no log. */
    logFrameBytes: 64 * MIB,
    /** Beyond: handed on at once. Lines in one batch of a log stream. */
    logBatchLines: 500,
    /** Beyond: reading from the engine pauses. Bytes a log stream holds. */
    logHeldBytes: 4 * MIB,
  },
  fleet: {
    /** Wait between two full lists, which catch what events missed. */
    refreshMs: 10_000,
    /** Wait between two load samples of a running container. */
    sampleMs: 5_000,
    /** The same where nobody looks at the host, unless what is set is longer still. */
    unwatchedSampleMs: 60_000,
    /** Beyond: asked for in the next turn of the event loop. Load samples of one host. */
    samplesATurn: 8,
    /** Beyond: taken in without those that are still to come. Wait for other samples of a round after one has arrived. */
    gatherSamplesMs: 100,
    /** Beyond: made anew although nothing has happened. Age of the picture of a host that is handed out. */
    viewMs: 500,
    /** What is shown is looked at again within this time although nothing has happened: facts and words age. */
    ageingMs: 5_000,
    /** Every container is inspected again within this time, and not before half of it, whatever events tell. */
    recheckMs: 300_000,
    /** From one ping of the engine to the next. With the next it bounds how long a hung one passes for live: 8 s (DESIGN). */
    pulseMs: 2_500,
    /** Beyond: ENGINE_TIMEOUT. Silence of an engine that is being pinged; whatever it answers breaks it. */
    pulseAnswerMs: 5_000,
    /**
     * Beyond: it is the connection that is silent, and not the engine. Longer than keepalives and their answers take
     * (`ssh.keepaliveMs`), shorter than `pulseAnswerMs`.
     */
    linkSilentMs: 4_500,
    /** Beyond: at once. Spread of the first tries of all hosts after this machine has slept or changed its network. */
    wakeSpreadMs: 250,
    /** From one look at the clocks to the next, and what it must take longer than that: the machine has slept. */
    wakeLookMs: 500,
    sleptMs: 4_000,
    /** From one look at this machine's networks to the next. */
    networkLookMs: 2_000,
    /** Beyond: the connection is given up, and made anew at once. An engine's answer after this machine has slept. */
    wakeAnswerMs: 750,
    /** Facts older than this many refresh intervals: unknown (DESIGN, verdicts). Load older than as many sample intervals: null. */
    staleIntervals: 3,
    /** Beyond: the oldest are forgotten. Restart evidence kept for one container. */
    historyPerContainer: 64,
    /** Beyond: the oldest are forgotten. Events before the first list; engines replay 256. */
    earlyEvents: 1_024,
    /** Beyond: the oldest are forgotten. Containers that events told of before any list showed them. */
    strangers: 256,
    /** How far back events are asked for on connecting: what the verdicts look at. */
    eventHistoryMs: 600_000,
    /** Overlap with the last event seen when the stream is opened again; duplicates are dropped. */
    eventOverlapMs: 5_000,
    /** Beyond: not asked for. How far back events are asked for on connecting where none was heard since. */
    replayBackMs: 3_600_000,
    /** Beyond: told as seen afterwards. Wait for the event of what a list or an inspect shows. */
    replayMs: 2_000,
    /** Beyond: the oldest are forgotten. Times of a host's containers that were told afterwards as a whole. */
    coveredTimes: 1_000,
    /** Beyond: what has not closed is left behind; the process may end. Closing the connections of all hosts. */
    closeMs: 3_000,
    reconnect: { baseMs: 1_000, capMs: 15_000 },
    /** The same for an engine that could not be opened, over the connection that stands: that costs no login. */
    engineAgain: { baseMs: 1_000, capMs: 5_000 },
  },
  router: {
    /** Beyond: TOO_MANY for every call, until `helloMs` closes the connection. Windows and tabs at once. */
    connections: 64,
    /** Beyond: the connection is closed. From its opening to a successful `session.hello`. */
    helloMs: 30_000,
    /** Beyond: the connection is closed. One message of a window, in characters. */
    messageChars: 256 * KIB,
    /** Beyond: the connection is closed. What a window has been sent and has not taken in. */
    unreadBytes: 64 * MIB,
    /** Beyond: TOO_MANY. Of one connection: calls not yet answered, subscriptions, followed logs, trials of a host. */
    calls: 128,
    subscriptions: 4,
    logStreams: 16,
    trials: 4,
    /** Wait from one look at what changed to the next; the first change after a quiet while does not wait. */
    conflateMs: 40,
    /** Of things in which nothing but their freshness or latency changed, no more than one state is sent in this time. */
    pulseMs: 1_000,
    /** Beyond: the oldest are forgotten, and who was sent nothing since gets a snapshot. Containers that are gone. */
    tombstones: 4_096,
    /** Beyond: not counted. Lines a window may have asked for and not yet been sent, for one log. */
    logCredit: 20_000,
    /** Beyond: cut, and marked as cut. One log line as a window gets it, in UTF-16 units. */
    logLineChars: 16 * KIB,
    /** Beyond: left out. What is said to be wrong with one request. */
    issues: 3,
  },
  text: {
    /** Beyond: cut with an ellipsis. A reason or message shown to the operator, in characters. */
    reasonChars: 200,
    labelChars: 256,
  },
  settings: {
    /** Beyond: SETTINGS_BROKEN. The settings file. */
    fileBytes: 4 * MIB,
    /** Beyond: HOME_LOCKED. How long a command waits for another one to let go of the home. */
    lockWaitMs: 2_000,
    /** Beyond: SETTINGS_INVALID (USAGE where it was typed). */
    hosts: 500,
    nameChars: 64,
    pathChars: 4096,
    identityFiles: 16,
    listEntries: 10_000,
  },
  hosts: {
    /**
     * Beyond: nobody is asked, as where nobody can be. Questions open at once; each host and each trial has one at most,
     * so there are more places than askers.
     */
    questions: 512,
    /** Beyond: TOO_MANY. Hosts that are tried at once, by all windows. */
    trials: 8,
    /** Round trips to a host that is tried; their median is told. */
    trialPings: 3,
    /** Beyond: the first removed cannot be taken back any more. */
    removed: 64,
    /** Beyond: not looked at. Entries of the operator's `.ssh`. */
    identityEntries: 1_000,
    /** Beyond: not told. Private keys found there. */
    identities: 64,
    /** Beyond: left out. Lines a host says in a challenge; each is cut at `text.reasonChars`. */
    challengeLines: 24,
    /** Beyond: the oldest is forgotten. Passphrases and passwords kept for good; and beyond: the file is set aside. */
    secrets: 1_000,
    secretsFileBytes: 8 * MIB,
  },
  actions: {
    /** Beyond: PLAN_EXPIRED. From a plan's making to its confirmation. */
    planMs: 120_000,
    /** Beyond: the oldest is forgotten (PLAN_UNKNOWN). Plans that wait to be confirmed. */
    plans: 256,
    /** Beyond: PLAN_TOO_LARGE. Containers one action acts upon. */
    containersPerPlan: 200,
    /** Beyond: PLAN_TOO_LARGE. A plan's steps and what it was made on, as the journal keeps them; its record takes more. */
    planBytes: 192 * KIB,
    /** Beyond: they wait their turn. Containers inspected at once for one plan. */
    inspects: 16,
    /** Beyond: left out, and counted. What is said to feel an action, and names in one sentence. */
    affects: 12,
    namesInSentence: 4,
    /** Beyond: cut, and marked as cut. A reason, when what is hidden in it has been made visible. */
    reasonChars: 500,
    /** Beyond: PROTECTED again. From an unlock to its use. */
    unlockMs: 300_000,
    /** Beyond: the oldest ends. Unlocks that hold at once. */
    unlocks: 64,
    /** Beyond: RATE_LIMITED. Runs begun on one host within `rateMs`, unless set otherwise for it. */
    changesPerMinute: 10,
    destroysPerMinute: 3,
    rateMs: 60_000,
    /** Beyond: RATE_LIMITED. Unlocks, and changes of mode and protection that let more be done, on one host within `rateMs`. */
    looseningsPerMinute: 30,
    /** From the stop signal to the kill where the container names no other; of databases, the least. Seconds. */
    graceSeconds: 10,
    databaseGraceSeconds: 60,
    /** Beyond: cut to it. A grace a container asks for. */
    mostGraceSeconds: 600,
    /** Beyond: the outcome is unknown. From the end of the grace to the engine's answer. */
    answerMs: 20_000,
    /** A container without a health check is up when it has run for this long. */
    upMs: 3_000,
    /** Beyond: told as it is seen then. Wait for a health check to pass, unless its own times need longer, and at most. */
    healthyMs: 90_000,
    mostHealthyMs: 600_000,
    /** From one look at a container under way to the next; events are looked at at once. */
    lookMs: 500,
    /** Beyond: the oldest is forgotten; the journal has it. Runs that have ended and are still shown. */
    endedRuns: 20,
    /** Beyond: said in the run's message. Writing down how a run ended. */
    recordMs: 10_000,
    /** Beyond: left to the next start, which finds the intents without an outcome. Writing those of runs let go at the end. */
    closeMs: 1_500,
    /** From one look at what became of a run whose end nobody saw to the next, while its host is live. */
    lookAgainMs: 15_000,
    /** Runs of the same kind that tell how long it takes. */
    durations: 5,
    /** Beyond: the oldest are forgotten. What happened on one host, for timelines. */
    timelineEvents: 2_000,
    /** An event this long before or after a run of ours may be its doing: the engine's clock is known within a second. */
    timelineSlopMs: 2_000,
    /** Beyond: left out. Entries of a timeline that are sent. */
    timelineEntries: 200,
  },
  journal: {
    /** Beyond: JOURNAL_UNUSABLE. One record with its line break; no plan within its own bounds comes near. */
    recordBytes: 256 * KIB,
    /** Beyond: the next record begins another file. */
    fileBytes: 8 * MIB,
    /** Beyond: JOURNAL_UNUSABLE. Files; 80 GiB, which nobody's clicks fill. */
    files: 9_999,
    /** Beyond: left out, and counted. What verifying finds. */
    findings: 50,
    /** Beyond: JOURNAL_UNUSABLE. Exports begun within one second, each of which has a name of its own. */
    exportsASecond: 100,
    /** Beyond: TOO_MANY. Exports that are under way, one at a time, or wait their turn. */
    exportsAtOnce: 8,
  },
  log: {
    /** Beyond: at the next start it becomes `.old`, and the `.old` before it is gone. The log file. */
    fileBytes: 5 * MIB,
    /** Beyond: cut, and marked as cut. One text, depth or list in a log entry. */
    textChars: 8 * KIB,
    depth: 6,
    listEntries: 100,
  },
  browser: {
    /** Beyond: refused. How long a link may wait to be opened. */
    tokenMs: 120_000,
    /** Beyond: the oldest is void. Links that wait to be opened. */
    tokens: 16,
    /** Beyond: the window that was not opened or loaded for longest needs a fresh link. Windows that may connect. */
    windows: 64,
    /** Beyond: 429. Open sockets; the router answers TOO_MANY before, which a window can show. */
    sockets: 128,
    /** Beyond: dropped at once. TCP connections. */
    connections: 256,
    /** Beyond: 413. The body of a request. */
    bodyBytes: 1 * KIB,
    /** Beyond: 431. The headers of a request; every program on this machine's loopback adds its cookies to them. */
    headerBytes: 16 * KIB,
    /** Beyond: 408. From connection or request to the last header, and to the last byte. */
    headersMs: 5_000,
    requestMs: 10_000,
    /** Beyond: closed. A connection without a request. */
    idleMs: 5_000,
    /** Beyond: the socket is closed (1009). One message; any that the router takes fits. */
    messageBytes: 1 * MIB,
    /** From one ping of a socket to the next; one that left `unansweredPings` unanswered is ended. */
    pingMs: 15_000,
    unansweredPings: 2,
    /** Beyond `wrongAnswers` within `wrongMs`: each further wrong token or secret is answered after `wrongPauseMs`. */
    wrongAnswers: 10,
    wrongMs: 10_000,
    wrongPauseMs: 25,
    /** Beyond: cut off. How long windows may take to say goodbye at the end. */
    goodbyeMs: 1_000,
    /** Beyond: it does not start. Files of the page, and their bytes in all. */
    files: 1_000,
    filesBytes: 64 * MIB,
  },
  demo: {
    /** Beyond: the oldest are forgotten, as Docker does. Events of one simulated engine. */
    events: 256,
    /** Beyond: the oldest are forgotten. Runs and bad times of one container, and lines it was made to say. */
    runs: 64,
    extraLines: 2_000,
    /** Beyond: the oldest are forgotten, as by log rotation. Moments at which a container says something. */
    logSlots: 2_000,
    /** How often a followed log looks for new lines. */
    logPollMs: 150,
    /** Beyond: written in a second piece. Log lines and events handed to a stream at once. */
    pieceBytes: 64 * KIB,
    /** Beyond: 400. A request's body; no request that is known has one to speak of. */
    bodyBytes: 64 * KIB,
    /** Beyond: INTERNAL. Pairs of keys made to get one that can be read; one of 256 cannot. */
    keyTries: 8,
    /** Beyond: refused. Connections to one simulated host. */
    connections: 64,
    /** Beyond: the connection is closed. Logins tried in one connection (sshd's MaxAuthTries is 6). */
    authTries: 6,
  },
  terminal: {
    /** Beyond: USAGE. A typed answer or passphrase, and a line of --passphrase-fd; in characters. */
    answerChars: 1_024,
    /** Beyond: USAGE. Everything --passphrase-fd gives. */
    passphraseFdBytes: 64 * KIB,
    /** Beyond: the answer is no. Wrong answers to one question. */
    tries: 3,
  },
  desktop: {
    /** Beyond: the app ends with the rest undone, which the system takes back. Disposing everything when it quits. */
    closeMs: 5_000,
    /** Within: the window is given up, with a message. From one death of its page to the next; else it is loaded anew. */
    crashPauseMs: 10_000,
  },
} as const;
