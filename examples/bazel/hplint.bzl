"""hplint under Bazel: one action a C source, which Bazel caches and spreads like a compilation.

An aspect makes the unit record of each source of cc_library, cc_binary and cc_test targets, with the compiler's own flags;
the rule hplint_records collects those of its targets and of all they depend on in a list for `hplint link`.

    # BUILD
    load("//tools/hplint:hplint.bzl", "hplint_records")
    hplint_records(name = "hplint", targets = ["//src:server"])

    bazel build //:hplint
    hplint link --map /bazel-tree="$PWD" @bazel-bin/hplint.list

Actions run in sandboxes, each at another place, so the records call the tree /bazel-tree, and the link maps it back.
"""

load("@rules_cc//cc:action_names.bzl", "C_COMPILE_ACTION_NAME")
load("@rules_cc//cc:find_cc_toolchain.bzl", "find_cc_toolchain", "use_cc_toolchain")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")

HplintInfo = provider(
    doc = "What hplint knows of a target.",
    fields = {"records": "depset: unit records of the target and of what it depends on"},
)

_DEPENDENCIES = ["deps", "implementation_deps"]

def _flags(target, ctx, toolchain, features):
    context = target[CcInfo].compilation_context
    variables = cc_common.create_compile_variables(
        feature_configuration = features,
        cc_toolchain = toolchain,
        user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.conlyopts + getattr(ctx.rule.attr, "copts", []) +
                             getattr(ctx.rule.attr, "conlyopts", []),
        include_directories = depset(transitive = [context.includes, context.external_includes]),
        quote_include_directories = context.quote_includes,
        system_include_directories = context.system_includes,
        preprocessor_defines = depset(transitive = [context.defines, context.local_defines]),
    )
    return cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = C_COMPILE_ACTION_NAME,
        variables = variables,
    )

def _record(target, ctx, source, sources):
    toolchain = find_cc_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    compiler = cc_common.get_tool_for_action(feature_configuration = features, action_name = C_COMPILE_ACTION_NAME)
    record = ctx.actions.declare_file("_hplint/{}/{}.hpu".format(target.label.name, source.short_path.replace("../", "")))
    ctx.actions.run_shell(
        # Only the action itself knows where its sandbox is.
        command = 'exec "$1" --map "$PWD=/bazel-tree" -o "$2" -- "${@:3}"',
        arguments = [ctx.executable._unit.path, record.path, compiler] +
                    _flags(target, ctx, toolchain, features) + ["-c", source.path],
        inputs = depset(sources, transitive = [target[CcInfo].compilation_context.headers, toolchain.all_files]),
        tools = [ctx.executable._unit],
        outputs = [record],
        mnemonic = "HplintUnit",
        progress_message = "hplint: %{label}, " + source.basename,
    )
    return record

def _sources(ctx):
    return [f for target in getattr(ctx.rule.attr, "srcs", []) for f in target.files.to_list()]

def _hplint_aspect_impl(target, ctx):
    known = [
        dependency[HplintInfo].records
        for name in _DEPENDENCIES
        for dependency in getattr(ctx.rule.attr, name, [])
        if HplintInfo in dependency
    ]
    sources = _sources(ctx) if CcInfo in target else []
    own = [_record(target, ctx, source, sources) for source in sources if source.extension == "c"]
    records = depset(own, transitive = known)
    return [HplintInfo(records = records), OutputGroupInfo(hplint = records)]

hplint_aspect = aspect(
    implementation = _hplint_aspect_impl,
    doc = "Makes unit records.",
    attr_aspects = _DEPENDENCIES,
    attrs = {
        # An executable target of yours, such as a sh_binary that runs the installed hplint-unit.
        "_unit": attr.label(default = "//tools/hplint:hplint-unit", executable = True, cfg = "exec"),
    },
    fragments = ["cpp"],
    toolchains = use_cc_toolchain(),
)

def _hplint_records_impl(ctx):
    records = depset(transitive = [target[HplintInfo].records for target in ctx.attr.targets])
    paths = ctx.actions.args()
    paths.set_param_file_format("multiline")
    paths.add_all(records)
    out = ctx.actions.declare_file(ctx.label.name + ".list")
    ctx.actions.write(out, paths)
    return [DefaultInfo(files = depset([out], transitive = [records]))]

hplint_records = rule(
    implementation = _hplint_records_impl,
    doc = "The records of some targets and of all they depend on, and a list of them.",
    attrs = {"targets": attr.label_list(aspects = [hplint_aspect], mandatory = True)},
)
