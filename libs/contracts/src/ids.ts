/** A registered function: `square`, `images.resize`. Dots separate file and export. */
export const functionNamePattern = '^[A-Za-z_$][A-Za-z0-9_$]{0,63}(\\.[A-Za-z_$][A-Za-z0-9_$]{0,63}){0,3}$'
/** Name of an error's class; several may stand with commas between them. */
export const errorNamePattern = '^[^\\s,]{1,128}$'
/** A pool, a group, a label key. */
export const namePattern = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'
/** Where processes stand: no name that a caller can give. */
export const processPool = '~processes'
/** A schedule: the ids of its jobs have a point and a time behind it. */
export const scheduleIdPattern = '^[A-Za-z0-9][A-Za-z0-9._-]{0,47}$'
/** A session: 128 random bits. */
export const sessionIdPattern = '^[A-Za-z0-9_-]{22}$'
/** A webhook endpoint, a delivery: 128 bits. */
export const endpointIdPattern = '^we_[A-Za-z0-9_-]{22}$'
export const deliveryIdPattern = '^whd_[A-Za-z0-9_-]{22}$'
/** 24 to 64 bytes in base64 (Standard Webhooks). */
export const webhookSecretPattern = '^whsec_[A-Za-z0-9+/]{32,86}={0,2}$'
/** The part of a job id that a caller may choose. */
export const ownIdPattern = '^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$'
/** A whole job id: group, tilde, 128 random bits or the caller's own id. */
export const jobIdPattern = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}~[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$'

/** An item: `<job id>/<index>`. */
export const itemPathPattern = `${jobIdPattern.slice(0, -1)}/(0|[1-9][0-9]{0,9})$`

const jobId = new RegExp(jobIdPattern)

/** The group of a job id, or undefined when the text is no job id. */
export function groupOf(id: string): string | undefined {
  return jobId.test(id) ? id.slice(0, id.indexOf('~')) : undefined
}
