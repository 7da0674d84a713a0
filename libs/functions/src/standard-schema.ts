/** What Manyhands needs of a Standard Schema (https://standardschema.dev, version 1): zod, valibot, arktype and others have it. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => Checked<Output> | Promise<Checked<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** `issues` absent = the value is good. */
export type Checked<Output> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly Issue[] }

export interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

type Types<S extends StandardSchema> = NonNullable<S['~standard']['types']>
/** What a caller may give. */
export type InputOf<S extends StandardSchema> = Types<S>['input']
/** What the function gets. */
export type OutputOf<S extends StandardSchema> = Types<S>['output']
