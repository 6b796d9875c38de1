/** Settings of the login of the SQL of agents: what one query may take of the server, beneath the deadline of its call. */
export const querySettings: Readonly<Record<string, string>> = {
  default_transaction_read_only: 'on',
  statement_timeout: '60s',
  idle_in_transaction_session_timeout: '60s',
  max_parallel_workers_per_gather: '0',
  temp_file_limit: '262144',
};

/** Half of what a server takes by default: whoever gets hold of this login leaves the rest to the others. An instance needs four. */
export const maxQueryConnections = 50;
