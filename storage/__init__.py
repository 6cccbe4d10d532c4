"""The only SQL and the only object store: frontier, visits, bodies, cases, evidence, accounts, packs and audit.

Open it with ``async with open_store(StorePolicy(data_dir=…)) as store``; several processes may do so at once on one
folder. All methods are coroutines unless marked; all errors are from :mod:`core.errors`, :class:`OutOfDisk` and
:class:`StoreBusy` among them. ``now`` is always the database's clock: ``now = await store.now()``.

``storage.store``
    - ``open_store(policy, *, upgrade=False) -> AsyncIterator[Store]`` (context manager)
    - ``Store.now() -> datetime``
    - ``Store.finish(batch: Sequence[Finished], now) -> tuple[FinishResult, ...]``
    - ``Store.status(now) -> StoreStatus``
    - ``Store.trace(subject: Subject) -> tuple[TraceStep, ...]``
    - ``Store.check_space()`` raises ``OutOfDisk`` when too little is free

``store.frontier``
    - ``add(candidates: Iterable[Candidate], now, *, due_now=False) -> Added``
    - ``lease(worker, limit, now, *, lease_seconds, unit_delay_seconds=0.0, run=None, lane_quota=(6, 3, 1))
      -> tuple[Lease, ...]``
    - ``release(leases, now) -> int``; ``redate(lease, visible_at) -> bool``; ``release_worker(worker, now) -> int``
    - ``depth(now) -> Depth``; ``next_due(run=None) -> datetime | None``
    - ``dead(limit=100) -> tuple[DeadLetter, ...]``; ``requeue(subject, now) -> bool``
    - ``explain(subject) -> FrontierRow | None``

``store.runs``
    - ``create(run_id, targets: Iterable[RunTarget], options, now, *, source="scan", lane=Lane.URGENT,
      organisation=None) -> Run`` also puts the subjects into the frontier, due now, in the same transactions
    - ``add_targets(run_id, targets, now, *, source, lane, organisation)``; ``close_intake(run_id)``
    - ``get(run_id) -> Run``; ``counts(run_id) -> RunCounts``; ``list(limit=20) -> tuple[Run, ...]``
    - ``results(run_id, after_seq=0, limit=100) -> tuple[RunResult, ...]`` in the order they finished
    - ``listing(run_id, after_position=-1, limit=100) -> tuple[RunResult, ...]`` every target, in the order given

``store.visits``
    - ``get(visit_id, *, bodies=True) -> StoredVisit``; ``latest(subject) -> VisitSummary | None``
    - ``list(subject, limit=100) -> tuple[VisitSummary, ...]`` newest first

``store.segments``
    - ``open_writer(worker) -> AsyncIterator[SegmentWriter]`` (context manager)
    - ``SegmentWriter.append(visit) -> tuple[BodyPlace, ...]``; ``SegmentWriter.sync()`` before ``finish``
    - ``read(place) -> bytes``; ``expire(now) -> int``

``store.cases`` (``claim``, ``decide``, ``note`` and ``set_tlp`` append to history *and* audit in the same transaction)
    - ``list(filter=CaseFilter(), cursor=None, limit=50) -> CasePage``; ``get(case_id) -> Case``
    - ``claim(case_id, actor, version, *, now=None, address="") -> Case``
    - ``decide(case_id, decision, reason, actor, version, *, now=None, address="") -> Case``
    - ``note(case_id, text, actor, *, now=None, address="") -> Case``
    - ``counts(organisation="") -> Mapping[str, int]`` by state; ``allowed(state) -> tuple[Decision, ...]`` (plain)
    - ``find(subject) -> tuple[Case, ...]``

``store.evidence``
    - ``lease(worker, limit, now, *, lease_seconds) -> tuple[EvidenceJob, ...]``
    - ``finish(job, bundle: Bundle, blob: str, now) -> bool`` (False: stale, nothing changed)
    - ``fail(job, reason, retry_at: datetime | None) -> bool``; ``counts(now) -> EvidenceCounts``
    - ``release_worker(worker, now) -> int``

``store.bundles``
    - ``get(bundle_id) -> StoredBundle``; ``by_case(case_id)`` and ``list(limit=100) -> tuple[StoredBundle, ...]``

``store.vault``
    - ``put(case_id, content) -> name``; ``get(case_id, name) -> bytes``; ``erase(case_id)``

``store.blobs`` is a :class:`core.ports.BlobStore`.

``store.rulesets``
    - ``put(content, now) -> digest``; ``get(digest) -> bytes``; ``current() -> str | None``;
      ``set_current(digest, now)``

``store.packs``
    - ``put(pack_id, version, organisation, document, digest, now) -> StoredPack``
    - ``activate(pack_id, version, now)``; ``deactivate(pack_id, now)``; ``active()``, ``list()`` and
      ``get(pack_id, version=None)`` (active version) ``-> StoredPack``

``store.accounts``
    - ``add_organisation(id, name, kind) -> Organisation``; ``organisation(id)``; ``organisations()``
    - ``add_user(name, role, organisation, password_hash, now) -> User``; ``reset_password(name, password_hash)``
    - ``set_disabled(name, disabled)``; ``get_user(name) -> User``; ``list_users() -> tuple[User, ...]``
    - ``open_session(user, token_digest, csrf, now, expires_at) -> Session``;
      ``session(token_digest, now) -> tuple[Session, User] | None``; ``close_session(token_digest)``

``store.audit``
    - ``append(actor, organisation, action, object_kind, object_id, purpose="", detail="", *, case_id=None,
      address="", now=None) -> AuditRecord``
    - ``list(*, case_id=None, after_seq=0, limit=100) -> tuple[AuditRecord, ...]``
    - ``verify() -> tuple[AuditProblem, ...]``

``store.workers``
    - ``beat(worker, pid, state, now)``; ``list(now, *, alive_seconds=60.0) -> tuple[WorkerState, ...]``
"""
