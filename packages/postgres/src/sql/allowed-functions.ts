/**
 * The functions of Postgres that the SQL of agents may call: what reads its arguments and nothing else. By family, as the
 * manual has them (chapter 9). Not here although harmless by themselves: what makes a text of any length from a number (repeat,
 * lpad, rpad, format), because other functions work on long texts for minutes and never look whether they were cancelled.
 */
const families: Readonly<Record<string, string>> = {
  aggregate: `array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count covar_pop covar_samp every json_agg json_object_agg
    jsonb_agg jsonb_object_agg max min mode percentile_cont percentile_disc range_agg regr_avgx regr_avgy regr_count
    regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy stddev stddev_pop stddev_samp string_agg sum var_pop var_samp
    variance any_value`,
  window: `row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value`,
  math: `abs cbrt ceil ceiling degrees div erf exp factorial floor gcd lcm ln log log10 min_scale mod numeric power pi radians
    random round scale sign sqrt trim_scale trunc width_bucket acos asin atan atan2 cos cot sin tan greatest least int4 int8
    float8`,
  text: `ascii bit_length btrim char_length character_length chr concat concat_ws convert_from decode encode initcap left length like_escape lower ltrim md5 normalize octet_length overlay parse_ident position quote_literal
    regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array
    regexp_split_to_table regexp_substr replace reverse right rtrim sha256 similar_escape similar_to_escape
    split_part starts_with string_to_array string_to_table strpos substr substring to_ascii to_hex unaccent upper is_normalized
    text`,
  'date and time': `age clock_timestamp date date_bin date_part date_trunc extract isfinite justify_days justify_hours
    justify_interval make_date make_interval make_time make_timestamp make_timestamptz now overlaps statement_timestamp
    timeofday timestamp timestamptz timezone to_char to_date to_number to_timestamp transaction_timestamp`,
  json: `json_array_elements json_array_elements_text json_array_length json_build_array json_build_object json_each
    json_each_text json_extract_path json_extract_path_text json_object json_object_keys json_populate_record json_strip_nulls
    json_to_record json_to_recordset json_typeof jsonb_array_elements jsonb_array_elements_text jsonb_array_length
    jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path jsonb_extract_path_text jsonb_insert
    jsonb_object jsonb_object_keys jsonb_path_exists jsonb_path_match jsonb_path_query jsonb_path_query_array
    jsonb_path_query_first jsonb_pretty jsonb_set jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_typeof row_to_json
    to_json to_jsonb array_to_json`,
  'array and range': `array_append array_cat array_dims array_fill array_length array_lower array_ndims array_position
    array_positions array_prepend array_remove array_replace array_to_string array_upper cardinality generate_series
    generate_subscripts unnest isempty lower_inc upper_inc lower_inf upper_inf range_merge int4range int8range numrange daterange
    tsrange tstzrange num_nonnulls num_nulls`,
  'text search': `to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery ts_rank ts_headline`,
  other: `coalesce nullif pg_typeof gen_random_uuid`,
};

/** The names, in no order. */
export const allowedFunctions: ReadonlySet<string> = new Set(
  Object.values(families).flatMap((names) => names.split(/\s+/)),
);
