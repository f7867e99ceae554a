import type { KeyVersion } from '../vault/keyring.ts'

/** A running process of the shop, as it said of itself a moment ago. */
export interface RunningProcess {
  /** machine, process id, roles */
  readonly name: string
  /** the version it seals to */
  readonly uses: number
  /** whether it can open what is sealed to the version that is to come, where there is one */
  readonly hasNext: boolean
  /** whether it still holds a version that nothing is to be sealed to any more */
  readonly hasOld: boolean
}

/** Things that are sealed to another version than the one in use. */
export interface Left {
  readonly what: string
  readonly count: number
}

/** How far the vault's key is on its way from one version to the next. */
export interface RotationState {
  /** everything new is sealed to this one, since then */
  readonly active: number
  readonly activatedAt: Date
  /** what the key holds here */
  readonly held: readonly number[]
  /** held here and not in use yet */
  readonly next: KeyVersion | undefined
  /** not in use any more, and not retired */
  readonly old: readonly number[]
  /** without the one that asks */
  readonly processes: readonly RunningProcess[]
  /** what is not sealed to the one in use; empty when nothing is left */
  readonly left: readonly Left[]
}

/** What is to be done next. */
export type Step =
  | { readonly kind: 'add' }
  /** some processes (by name) cannot open the next version yet */
  | { readonly kind: 'restart'; readonly lacking: readonly string[]; readonly of: number }
  | { readonly kind: 'activate' }
  | { readonly kind: 'rewrap' }
  /** some processes (by name; none when it was done just now) may still be sealing to the one before */
  | { readonly kind: 'wait'; readonly slow: readonly string[] }
  | { readonly kind: 'retire' }
