/** Where an endpoint is, as its clients see it. */
export interface EndpointAddress {
  readonly url: string;
  /** Where its metadata is found. */
  readonly metadataUrl: string;
}
