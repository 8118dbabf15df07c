/**
 * Names of what keeps the only copy of somebody's data: databases, and by the same measure queues and object stores
 * whose messages and objects are durable (RabbitMQ, Kafka, MinIO). Memcached is not among them: it may lose all at any time.
 */
const DATABASES: ReadonlySet<string> = new Set(
  `postgres postgresql postgis timescaledb pgvector pgvectors spilo edb yugabyte yugabytedb cockroach cockroachdb crate cratedb
  mysql mariadb percona tidb tikv vitess
  mssql sqledge oracle db2 firebird informix
  mongo mongodb ferretdb couchdb couchbase rethinkdb arangodb arango orientdb ravendb
  redis valkey keydb dragonfly dragonflydb tarantool aerospike kvrocks
  cassandra scylla scylladb hbase
  clickhouse influxdb questdb victoriametrics tdengine greptimedb
  elasticsearch opensearch solr meilisearch typesense manticore
  neo4j memgraph dgraph surrealdb immudb foundationdb
  qdrant weaviate milvus chroma
  etcd zookeeper
  rabbitmq kafka redpanda minio`.split(/\s+/),
);

/** Spellings with a separator, or whose last path component alone says too little. */
const DATABASE_PATHS =
  /(?:^|\/)(?:mssql\/server|mssql\/rhel\/server|couchbase\/server|database\/(?:free|express|enterprise|standard)|victoriametrics\/victoria-metrics|azure-sql-edge|pgvecto-rs|cp-kafka|cp-server)$/;

/** What may follow or precede a database's name in the name of its image: editions, roles, builders, base systems. */
const TOOLS: ReadonlySet<string> = new Set(
  `exporter metrics admin ui web webui gui console commander insight express manager monitor dashboard viewer browser meta
  client instantclient cli shell tools toolbox utils backup backups dump restore archiver barman pgbackrest wal
  proxy router pooler bouncer balancer haproxy twemproxy envoy relay gateway
  operator controller init initdb migrate migration migrations migrator seed setup wait waiter
  connect connector mc sentinel keeper head curator kibana dashboards agent sidecar healthcheck tester bench benchmark
  docs adapter sink rest schema logstash`.split(/\s+/),
);

/** Names people give to the service itself. */
const SERVICE_NAMES: ReadonlySet<string> = new Set(
  'db database databases sql pg pgsql rdbms datastore dbserver'.split(' '),
);

/** Ports by which databases are reached. Evidence only beside a name: others listen there too. */
export const DATABASE_PORTS: ReadonlySet<number> = new Set([
  5432, 3306, 33060, 1433, 1521, 50000, 27017, 27018, 6379, 9042, 5984, 8091, 28015, 8529, 8086, 8123, 9200, 7687,
  26257, 2379, 5672, 9092, 3050, 6333, 7700, 8108,
]);

/** Where images of databases keep their files. `/data` alone is not among them: anything may be kept there. */
export const DATA_PATHS: ReadonlySet<string> = new Set([
  '/var/lib/postgresql',
  '/var/lib/postgresql/data',
  '/bitnami/postgresql',
  '/home/postgres/pgdata',
  '/var/lib/pgsql',
  '/var/lib/pgsql/data',
  '/var/lib/mysql',
  '/bitnami/mysql',
  '/bitnami/mysql/data',
  '/bitnami/mariadb',
  '/var/opt/mssql',
  '/var/opt/mssql/data',
  '/opt/oracle/oradata',
  '/data/db',
  '/data/configdb',
  '/bitnami/mongodb',
  '/var/lib/mongodb',
  '/var/lib/redis',
  '/bitnami/redis/data',
  '/bitnami/redis',
  '/var/lib/cassandra',
  '/var/lib/scylla',
  '/opt/couchdb/data',
  '/opt/couchbase/var',
  '/var/lib/clickhouse',
  '/var/lib/influxdb',
  '/var/lib/influxdb2',
  '/usr/share/elasticsearch/data',
  '/usr/share/opensearch/data',
  '/var/lib/neo4j/data',
  '/cockroach/cockroach-data',
  '/var/lib/rabbitmq',
]);

/** True for the image of a database, whatever its registry, tag and digest, and whoever built it. */
export function isDatabaseImage(image: string): boolean {
  return DATABASE_PATHS.test(repositoryOf(image)) || databaseNamed(image, 'image') === 'database';
}

/**
 * What a name, or the last component of an image's repository, is made of. `tool`: it names a database, and something
 * that works with one (`postgres-exporter`, `redis-commander`). Words in which a database's name is only a part
 * (`phpmyadmin`, `pgadmin4`, `redisinsight`) are neither.
 */
export function databaseNamed(text: string, kind: 'image' | 'name'): 'database' | 'tool' | null {
  const last = kind === 'image' ? (repositoryOf(text).split('/').at(-1) as string) : text.toLowerCase();
  const words = last.split(/[-_.]+/).filter((word) => word !== '');
  const known = words.some((word) => {
    // `mysql80`, `postgres15`, `db1`; `db2` and `neo4j` are names of their own.
    const plain = word.replace(/\d+$/, '');
    return DATABASES.has(word) || DATABASES.has(plain) || (kind === 'name' && SERVICE_NAMES.has(plain));
  });
  if (!known) return null;
  return words.some((word) => TOOLS.has(word)) ? 'tool' : 'database';
}

/** `registry:5000/team/postgres:16-alpine@sha256:…` → `registry:5000/team/postgres`, in lower case. */
function repositoryOf(image: string): string {
  const named = (image.split('@', 1)[0] as string).toLowerCase();
  const slash = named.lastIndexOf('/');
  const colon = named.indexOf(':', slash + 1);
  return colon < 0 ? named : named.slice(0, colon);
}
