import { paths } from '../../contract/paths.ts'
import { place, type Place } from '../../contract/place.ts'

/** The paths of cook itself, for the documents. */
export const places: readonly Place[] = [
  place('data', paths.data, 'root:wheel 0755', 'all data of the homeserver'),
  place(
    'data',
    paths.recordDir,
    'root:wheel 0700',
    'what cook keeps for later runs',
  ),
  place(
    'data',
    paths.recordedParams,
    'root:wheel 0600',
    'the parameters of the last run, secrets included',
  ),
  place(
    'jail',
    paths.rcConf,
    undefined,
    'synapse_enable; sshd_enable with CONTROLUSER; cook_enable and ' +
      'clear_tmp_enable in an image',
  ),
  place(
    'jail',
    paths.seasoned,
    'root:wheel 0644',
    'shows other programs that cook has run here; cook does not read it',
  ),
  place('image', paths.cook, undefined, 'cook'),
  place(
    'image',
    [paths.cookScript, paths.healthScript],
    'root:wheel 0555',
    'rc services, from cook image',
  ),
  place(
    'image',
    paths.cookCrontab,
    'root:wheel 0644',
    'the daily run and the daily cook doctor, from cook image',
  ),
  place(
    'image',
    paths.cookRotation,
    'root:wheel 0644',
    "rotation of cook's log: five files of 1 MB, from cook image",
  ),
  place('records', paths.cookLog, 'root:wheel 0640', "cook's log"),
  place(
    'records',
    paths.stateDir,
    'root:wheel 0750',
    'directory of the record',
  ),
  place(
    'records',
    paths.record,
    'root:wheel 0640',
    'the record of the last run: version, DOMAIN, and for each service where ' +
      'it answers and what cook created for it in this jail',
  ),
  place(
    'records',
    paths.intent,
    'root:wheel 0640',
    'what a run is about to create; it is removed when the run is done',
  ),
  place(
    'records',
    paths.readings,
    'root:wheel 0640',
    'hashes of what each service has read, and which process that was',
  ),
  place(
    'records',
    paths.findings,
    'root:wheel 0640',
    'the findings of the last daily cook doctor, and its notes for later runs',
  ),
  place(
    'records',
    paths.lock,
    undefined,
    'exists while a cook works, so that no second one does',
  ),
  place(
    'records',
    paths.bootFailed,
    undefined,
    'exists if cook failed at the last start of the jail',
  ),
]
