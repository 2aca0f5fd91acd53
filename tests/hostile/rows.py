"""Which tests hold which row of the specification: the attack, its live control, and its benign twin.

The ids are facts of the specification (SECURITY_CASES.md, parts C, L, Z, H, N, S, D and A); `test_rows.py` holds
that every one is here. Files of tests are called by what follows `test_`; `[` begins the id of a parameter.
"""

from __future__ import annotations

from dataclasses import dataclass

COUNTS = {"C": 43, "L": 9, "Z": 18, "H": 26, "N": 8, "S": 13, "D": 12, "A": 10}
IDS = [f"{part}{number:02}" for part, count in COUNTS.items() for number in range(1, count + 1)]


@dataclass(frozen=True)
class Row:
    """The tests of a row, `file.name` or `file.name[id`, several separated by blanks."""

    attack: str
    control: str
    twin: str


CC, CF, CS = "controls_of_configs.test", "controls_of_files.test", "controls_of_sets.test"
HONEST = "config.test_honest_twins_load"
CODE = "config.test_c08_cve_2024_3660_no_bytecode_is_read"  # its fixture runs the code
GIVEN = "config.test_the_caller_gives_the_function_of_a_lambda"
FEW = "weights_files.test_the_good_file_loads"
ZIP = "zip.test_hostile_archives"
ARRAYS, TENSORS = "npz.test_members", "safetensors.test_refused"
SAVES = "../saving/test_saves_that_fail"

ROWS = {
    # Configurations.
    "C01": Row(*["config.test_c01_cve_2025_1550_no_module_is_imported_by_name"] * 2, HONEST),
    "C02": Row("config.test_c02_the_own_package_is_no_exception",
               f"{CC}_c02_control_modules_of_lamina_are_there_to_import", HONEST),
    "C03": Row("config.test_c03_nothing_of_the_standard_library",
               f"{CC}_c03_control_the_functions_are_there_to_call", HONEST),
    "C04": Row(*["config.test_c04_functions_resolve_in_the_table_of_their_place_only"] * 3),
    "C05": Row("config.test_c05_classes_are_not_functions",
               f"{CC}_c05_control_a_class_that_is_made_is_seen",
               "config.test_c04_functions_resolve_in_the_table_of_their_place_only"),
    "C06": Row("config.test_c06_kinds_do_not_mix config.test_c06_kinds_do_not_mix_within_a_layer",
               f"{CC}_c06_control_a_table_for_all_kinds_would_have_them_all",
               f"{CC}_c06_twin_each_is_made_where_its_kind_stands"),
    "C07": Row("config.test_c07_names_are_looked_up_exactly",
               f"{CC}_c07_control_the_names_are_there_for_getattr", HONEST),
    "C08": Row(CODE, "config.bytecode", GIVEN),
    "C09": Row(f"{CODE} config_values.test_c17_c18_cve_2025_12058_no_vocabulary_is_read "
               "config_values.test_c19_foreign_programs_are_given_by_the_caller "
               "config_values.test_c31_a_file_without_the_weights_is_refused",
               "config_closure.test_every_public_way_in_is_in_the_matrix_or_has_a_reason", HONEST),
    "C10": Row("config.test_c10_a_lambda_names_what_the_caller_gave_only",
               f"{CC}_c10_control_the_names_are_there_to_find",
               "config.test_c10_a_lambda_names_what_the_caller_gave_only"),
    "C11": Row("config.test_c11_cve_2025_8747_a_file_does_not_change_what_files_may",
               f"{CC}_c11_control_the_setters_are_there_to_call", HONEST),
    "C12": Row("config.test_c12_loads_in_threads_and_tasks_do_not_see_each_other", "config.bytecode",
               "config.test_c12_loads_in_threads_and_tasks_do_not_see_each_other"),
    "C13": Row("config.test_c13_cve_2025_9905_9906_safe_mode_unlocks_nothing "
               "config.test_c13_what_is_not_a_truth_value_is_refused", "config.bytecode",
               f"{CC}_c13_twin_what_is_harmless_loads_in_every_mode"),
    "C14": Row("config.test_c14_code_is_found_wherever_it_is", "config.bytecode",
               f"{CC}_c14_twin_a_harmless_layer_in_the_same_place"),
    "C15": Row("config_values.test_c15_c16_what_a_model_was_compiled_with_is_data",
               f"{CC}_c16_control_a_function_of_the_caller_is_reached_by_that_name",
               "config_values.test_c15_c16_what_a_model_was_compiled_with_is_data"),
    "C16": Row("config_values.test_c16_names_outside_of_their_table",
               f"{CC}_c16_control_a_function_of_the_caller_is_reached_by_that_name",
               "config_values.test_c15_c16_what_a_model_was_compiled_with_is_data"),
    "C17": Row("config_values.test_c17_c18_cve_2025_12058_no_vocabulary_is_read "
               "config_values.test_c17_paths_stand_nowhere", "config_values.nothing_is_opened",
               f"{CC}_c17_twin_the_same_layer_without_a_path {CC}_c17_twin_a_list_of_one_path_is_a_token"),
    "C18": Row("config_values.test_c17_c18_cve_2025_12058_no_vocabulary_is_read",
               "config_values.nothing_is_opened", f"{CC}_c17_twin_the_same_layer_without_a_path"),
    "C19": Row("config_values.test_c19_foreign_programs_are_given_by_the_caller "
               "config_values.test_c19_what_is_not_a_layer_does_not_load",
               "config_values.nothing_is_opened", f"{CC}_c19_twin_the_caller_gives_the_layer"),
    "C20": Row(*["config_values.test_c20_no_pickle_is_read"] * 2,
               f"{CC}_c20_twin_numbers_in_the_place_of_the_pickle"),
    "C21": Row("config_values.test_c21_no_pretrained_model_and_no_data_set_is_fetched",
               "config_values.nothing_is_opened", HONEST),
    "C22": Row("config_values.test_c22_wrappers_within_wrappers legacy.test_c22_nested_without_end "
               "../core/test_plain.test_c22_c23_what_is_too_large_is_told_before_it_is_parsed",
               f"{CC}_c22_control_so_deep_a_text_is_more_than_the_parser_bears",
               "config_values.test_c22_the_twin_is_not_too_deep"),
    "C23": Row("../core/test_plain.test_c22_c23_what_is_too_large_is_told_before_it_is_parsed",
               f"{CC}_c23_control_the_parser_takes_what_is_too_large",
               "../core/test_plain.test_what_is_not_too_deep_is_read"),
    "C24": Row("config_values.test_c24_keys_named_twice",
               f"{CC}_c24_control_the_parser_takes_the_last_of_two_keys", f"{CC}_c24_twin_each_key_once"),
    "C25": Row("config_values.test_c25_numbers_are_typed ../core/test_plain.test_c24_c25_what_is_not_json_is_refused",
               f"{CC}_c25_control_python_takes_other_numbers_for_these", "config_values.test_c25_numbers_are_typed"),
    "C26": Row("config_values.test_c26_look_alikes_are_not_the_names config_values.test_c26_names_of_layers_can_be_shown",
               f"{CC}_c26_control_a_reader_that_normalizes_takes_the_look_alike",
               "config_values.test_c26_names_are_unique_however_they_are_written"),
    "C27": Row("config_values.test_c27_numbers_of_shared_objects",
               f"{CC}_c27_control_a_table_takes_equal_numbers_for_one", "config_values.test_c27_the_twin_is_one_object"),
    "C28": Row(*["config_values.test_c28_what_is_shown_is_what_is_made"] * 3),
    "C29": Row("config_values.test_c29_one_name_of_two_packages",
               f"{CC}_c29_control_a_name_without_its_package_fits_both", "config_values.test_c29_one_name_of_two_packages"),
    "C30": Row("config_values.test_c30_unknown_keys", f"{CC}_c30_control_an_object_takes_any_attribute", HONEST),
    "C31": Row("config_values.test_c31_weights_that_are_not_there_take_no_memory "
               "config_values.test_c31_a_file_without_the_weights_is_refused config_values.test_c31_a_million_small_layers",
               f"{CC}_c31_control_so_many_weights_are_asked_for", f"{CC}_c31_twin_as_many_weights_as_the_file_has"),
    "C32": Row("config_values.test_c32_constants_are_as_large_as_their_text",
               f"{CC}_c32_control_numpy_takes_these_dtypes", f"{CC}_c20_twin_numbers_in_the_place_of_the_pickle"),
    "C33": Row("config_values.test_c33_first_values_are_not_computed",
               *[f"{CC}_c33_control_the_first_values_are_computed_when_they_are_used"] * 2),
    "C34": Row("config_graphs.test_c34_nothing_is_computed_eagerly",
               f"{CC}_c34_control_called_eagerly_they_take_memory", "config_graphs.test_c34_the_twin_is_made"),
    "C35": Row("config_graphs.test_c35_functions_of_functions_have_no_name",
               f"{CC}_c35_control_the_functions_are_there_to_call", f"{CC}_c35_twin_an_op_without_functions"),
    "C36": Row("config_graphs.test_c36_patterns_that_take_long_are_not_taken_from_files",
               f"{CC}_c36_control_python_takes_the_patterns",
               "config_graphs.test_c36_patterns_that_take_long_are_not_taken_from_files"),
    "C37": Row("config_graphs.test_c37_the_work_grows_with_the_graph",
               f"{CC}_c37_control_the_measure_sees_the_graph_grow", "config_graphs.test_c37_the_work_grows_with_the_graph"),
    "C38": Row("config_graphs.test_c38_broken_graphs config_graphs.test_c38_circles_and_inputs_that_are_computed",
               f"{CC}_c38_control_lists_take_such_indices", f"{CC}_c38_twin_a_whole_graph"),
    "C39": Row("config_graphs.test_c39_arguments_out_of_range", f"{CC}_c39_control_the_numbers_overflow_in_numpy",
               f"{CC}_c39_twin_arguments_in_range"),
    "C40": Row("config_graphs.test_c40_tags_are_a_closed_table", f"{CC}_c40_control_bytes_may_be_code",
               f"{CC}_c40_twin_tags_of_the_table"),
    "C41": Row("config_graphs.test_c41_dtypes", f"{CC}_c41_control_numpy_takes_dtypes_that_are_no_numbers",
               f"{CC}_c41_twin_dtypes_of_layers"),
    "C42": Row("config_graphs.test_c42_shapes_that_a_layer_was_built_for",
               f"{CC}_c42_control_the_product_overflows", "config_graphs.test_c42_shapes_that_a_layer_was_built_for"),
    "C43": Row(f"{CC}_c43_what_a_file_says_of_itself_opens_no_weaker_way {CC}_c43_what_is_not_metadata_is_refused",
               f"{CC}_c43_control_the_file_without_the_lambda_differs_in_nothing_else",
               f"{CC}_c43_twin_a_harmless_model_loads_whatever_it_says_of_itself"),
    # Legacy formats.
    "L01": Row("legacy.test_l01_cve_2025_9905_code_in_an_h5_file", "legacy.test_the_payload_would_fire",
               "legacy.test_l01_twin_the_function_is_given_by_the_caller"),
    "L02": Row("legacy.test_l02_training_config legacy.test_l02_training_config_in_other_types",
               f"{CF}_l02_control_the_names_are_there_to_call", f"{CF}_l02_twin_a_harmless_loss"),
    "L03": Row("legacy.test_l03_model_config_of_another_kind legacy.test_l03_a_model_config_without_end",
               f"{CF}_l03_control_h5py_finds_it_there", f"{CF}_l03_l09_twin_the_same_text_as_an_attribute"),
    "L04": Row("legacy.test_l04_layer_names legacy.test_l04_pieces_without_end",
               f"{CF}_l04_control_h5py_gives_the_lists_as_they_are", "legacy.test_l04_twin_names_in_pieces"),
    "L05": Row("legacy.test_l05_weight_names_that_lead_elsewhere legacy.test_l05_links legacy.test_l05_a_weight_without_bytes",
               f"{CF}_l05_control_h5py_follows_such_names", f"{CF}_l05_h06_twin_the_file_without_links"),
    "L06": Row("legacy.test_l06_cve_2021_37678_yaml", f"{CF}_l06_control_a_reader_of_yaml_would_be_seen",
               f"{CF}_l06_l07_twin_json_of_a_model"),
    "L07": Row("legacy.test_l07_texts_that_are_no_models legacy.test_l07_a_text_without_end",
               f"{CF}_l07_control_these_texts_are_json", f"{CF}_l06_l07_twin_json_of_a_model"),
    "L08": Row("legacy.test_l08_tags", f"{CF}_l08_control_the_tag_is_nothing_but_a_name",
               f"{CF}_l08_twin_a_name_in_the_place_of_the_tag"),
    "L09": Row("legacy.test_l09_a_value_that_is_called_like_a_function",
               f"{CF}_l09_control_the_values_are_names_of_functions", f"{CF}_l03_l09_twin_the_same_text_as_an_attribute"),
    # Archives: each case has its control and its twin with it.
    **{f"Z{n:02}": Row(f"{ZIP}[Z{n:02} {ZIP}_as_models[Z{n:02} {ZIP}_as_weights[Z{n:02} {ZIP}_looked_into[Z{n:02}",
                       f"{ZIP}[Z{n:02}", f"{ZIP}[Z{n:02}")
       for n in (1, 2, 3, 4, 7, 8, 9, 10, 11, 13, 15, 16, 17)},
    **{f"Z{n:02}": Row("zip.test_z05_z06_bombs_that_lie zip.test_z05_z06_bombs_in_models zip.test_z06_bombs_in_weights",
                       "zip.test_z05_z06_bombs_that_say_so", "zip.test_the_twins_of_hostile_models_load") for n in (5, 6)},
    "Z12": Row("zip.test_z12_very_many_members zip.test_z12_a_million_members_of_zip64",
               *[f"{CF}_z12_control_zipfile_lists_them_all"] * 2),
    "Z14": Row("zip.test_z14_cut_off_anywhere zip.test_z14_a_byte_of_the_content_is_wrong",
               *["zip.test_z14_every_flipped_bit_is_refused_or_harmless"] * 2),
    "Z18": Row(*["zip.test_z18_many_members_under_one_budget"] * 3),
    # HDF5.
    "H01": Row(*["weights_files.test_h01_cve_2026_1669_external_links"] * 2, FEW),
    "H02": Row("weights_files.test_h02_soft_links hdf5_structure.test_h02_links_of_a_users_own_kind",
               f"{CF}_h02_control_h5py_follows_a_link_to_a_sibling", FEW),
    "H03": Row(*["weights_files.test_h03_external_storage"] * 2, FEW),
    "H04": Row(*["weights_files.test_h04_cve_2026_12480_virtual_datasets"] * 2, FEW),
    "H05": Row(*["hdf5_structure.test_h05_virtual_datasets_of_as_many_files_as_there_are"] * 2, FEW),
    "H06": Row("legacy.test_l05_links weights_files.test_h01_cve_2026_1669_external_links[layers/dense",
               f"{CF}_l05_h06_control_h5py_follows_such_links", f"{CF}_l05_h06_twin_the_file_without_links"),
    "H07": Row("weights_files.test_h07_external_link_to_a_pipe_does_not_wait",
               f"{CF}_h07_control_what_the_link_leads_to_is_a_pipe", FEW),
    "H08": Row(*["hdf5_structure.test_h08_a_graph_with_very_many_paths"] * 2, FEW),
    "H09": Row("weights_files.test_h09_group_that_contains_itself", f"{CF}_h09_control_h5py_goes_round_for_ever", FEW),
    "H10": Row(*["weights_files.test_h10_cve_2026_0897_values_that_are_not_in_the_file"] * 2, FEW),
    "H11": Row("hdf5_structure.test_h11_a_chunk_of_256_mebibytes", f"{CF}_h11_control_so_large_a_chunk_is_declared", FEW),
    "H12": Row("weights_files.test_h12_hundreds_of_large_declarations",
               f"{CF}_h12_control_the_declarations_exceed_any_memory", FEW),
    "H13": Row("weights_files.test_h13_types_that_are_no_plain_numbers weights_files.test_h13_float_of_another_format",
               f"{CF}_h13_control_h5py_makes_objects_of_them", FEW),
    "H14": Row("hdf5_structure.test_h14_plugins_are_not_looked_for weights_files.test_h14_unknown_filter",
               "hdf5_structure.test_h14_plugins_are_not_looked_for", FEW),
    "H15": Row("hdf5_structure.test_h15_other_filters weights_files.test_h15_chunks_and_filters",
               f"{CF}_h15_control_h5py_reads_filtered_data", FEW),
    "H16": Row("hdf5_structure.test_h16_attributes_that_decide_on_a_dtype legacy.test_h16_texts_that_are_not_there",
               f"{CF}_h16_control_h5py_reads_attributes_of_any_kind",
               "hdf5_structure.test_h16_attributes_that_decide_on_a_dtype"),
    "H17": Row("hdf5_structure.test_h17_a_block_of_the_users_before_the_file legacy.test_h17_headers_of_a_newer_kind",
               f"{CF}_h17_control_h5py_reads_behind_a_block_of_the_users", FEW),
    "H18": Row("weights_files.test_h18_cut_off_at_every_64_bytes weights_files.test_h18_flipped_bits_are_refused_or_harmless",
               f"{CF}_h18_control_values_can_change_without_a_sign", FEW),
    "H19": Row("weights_files.test_h19_null_dataspace weights_files.test_h19_committed_type "
               "weights_files.test_h19_groups_and_datasets_in_each_others_place",
               f"{CF}_h19_control_h5py_opens_either", FEW),
    "H20": Row("hdf5_structure.test_h20_names weights_files.test_h20_odd_names_are_escaped_and_cut",
               f"{CF}_h20_control_a_terminal_would_get_the_name", FEW),
    "H21": Row("weights_files.test_h21_other_kinds_of_numbers_are_not_reinterpreted",
               f"{CF}_h21_control_h5py_reads_the_other_kind", "weights_files.test_h21_other_floats_are_converted"),
    "H22": Row("weights_files.test_h22_other_shapes_do_not_broadcast legacy.test_h22_weights_that_no_list_names",
               f"{CF}_h22_control_numpy_spreads_such_shapes", FEW),
    "H24": Row("hdf5_structure.test_h24_addresses_are_not_opened", f"{CF}_h24_control_a_connection_is_seen", FEW),
    # H25, every case from a path, an open file, bytes and within a model, is how `_refuses` tries each of these.
    "H25": Row("weights_files.test_h03_external_storage weights_files.test_h12_hundreds_of_large_declarations",
               "weights_files.test_h03_external_storage", FEW),
    "H26": Row("weights_files.test_h26_a_dataset_in_the_bytes_of_another hdf5_structure.test_h26_trees_and_heaps_that_bite_their_own_tails",
               f"{CF}_h26_control_h5py_gives_the_bytes_of_another", FEW),
    # Arrays.
    "N01": Row("npz.test_n01_pickled_objects_are_not_loaded npz.test_n01_a_bare_pickle",
               "npz.test_n01_pickled_objects_are_not_loaded", "npz.test_the_twin_loads"),
    **{f"N{n:02}": Row(f"{ARRAYS}[N{n:02}", f"{CS}_n02_n03_control_numpy_believes_the_header", "npz.test_the_twin_loads")
       for n in (2, 3)},
    "N04": Row(f"{ARRAYS}[N04", "npz.test_n04_nothing_is_compiled", "npz.test_the_twin_loads"),
    "N05": Row(f"{ARRAYS}[N05", f"{CS}_n05_control_the_version_is_all_that_differs", "npz.test_the_twin_loads"),
    **{f"N{n:02}": Row(f"{ARRAYS}[N{n:02}", f"npz.test_the_live_control_numpy_takes_these[N{n:02}", "npz.test_the_twin_loads")
       for n in (6, 8)},
    "N07": Row("npz.test_n07_names", f"{CS}_n07_control_zipfile_and_numpy_list_such_names", "npz.test_the_twin_loads"),
    **{f"S{n:02}": Row(*[f"{TENSORS}[S{n:02}"] * 3) for n in range(1, 11)},
    "S11": Row(f"{TENSORS}[S06", f"{TENSORS}[S06", "safetensors.test_no_false_refusals[S11"),  # legal, if nothing else is wrong
    "S12": Row("safetensors.test_s12_very_many_empty_arrays_are_a_matter_of_limits",
               f"{CS}_s12_control_the_reference_takes_them", "safetensors.test_no_false_refusals[S11"),
    "S13": Row(*["safetensors.test_s13_on_mutated_files_ours_accepts_what_the_reference_does_or_less"] * 2,
               "safetensors.test_no_false_refusals"),
    # Sets of files.
    "D01": Row("directories.test_d01_only_names_of_the_set_are_opened[D01 directories.test_d01_shards_are_files_of_their_own[D01",
               "directories.test_d01_the_live_control_a_reader_that_joins_names_opens_the_canary", "directories.test_the_twin_loads"),
    "D02": Row("directories.test_d02_very_many_shards directories.test_d02_very_many_weights",
               f"{CS}_d02_d03_control_the_index_lists_so_many", "directories.test_the_twin_loads"),
    "D03": Row("directories.test_d03_a_shard_that_is_listed_often_is_opened_once",
               f"{CS}_d02_d03_control_the_index_lists_so_many", "directories.test_the_twin_loads"),
    "D04": Row(f"{CS}_d04_folders_are_not_models_whatever_is_linked_in_them",
               f"{CS}_d04_control_the_link_leads_to_the_canary", f"{CS}_d04_twin_the_same_members_in_an_archive"),
    "D05": Row("directories.test_d01_shards_are_files_of_their_own[D05",
               f"{CS}_d05_control_a_link_gives_the_bytes_of_the_canary", "directories.test_the_twin_loads"),
    "D06": Row(f"{CS}_d06_cve_2026_12479_assets_lie_within_the_archive {CS}_d06_names_of_layers_are_not_paths",
               f"{CS}_d06_control_joined_to_a_folder_the_name_leads_out", f"{CS}_d06_twin_the_layer_gets_its_own_file"),
    "D07": Row(f"{CS}_d07_words_that_are_not_utf_8_are_refused_or_come_back",
               *[f"{CS}_d07_control_and_twin_words_with_ends_of_lines_in_them_come_back"] * 2),
    "D08": Row(f"{CS}_d08_addresses_are_not_opened", f"{CS}_d08_control_a_connection_is_seen",
               f"{CS}_d08_twin_a_path_of_that_form"),
    "D09": Row("directories.test_d09_a_shard_swapped_for_a_link_while_it_is_opened "
               "files_that_are_none.test_d09_a_file_that_is_swapped_before_it_is_opened",
               f"{CS}_d09_control_an_open_by_name_gets_what_is_there_by_then", f"{CS}_d12_twin_a_regular_file"),
    "D10": Row(f"{CS}_d10_folders_of_other_programs_are_not_dispatched",
               f"{CS}_d04_control_the_link_leads_to_the_canary", f"{CS}_d04_twin_the_same_members_in_an_archive"),
    "D11": Row("../saving/test_formats.test_d11_the_ending_decides_and_the_content_must_agree",
               f"{CS}_d11_control_other_readers_go_by_the_content", f"{CS}_d12_twin_a_regular_file"),
    "D12": Row("files_that_are_none.test_d12_what_is_not_a_file files_that_are_none.test_d12_a_hole_of_a_tebibyte",
               f"{CS}_d12_control_the_device_has_no_end", f"{CS}_d12_twin_a_regular_file"),
    # Laws of all loads and saves.
    "A01": Row("all_or_nothing.test_a01_whatever_stops_a_load_leaves_all_weights_as_they_were "
               "all_or_nothing.test_a01_memory_that_runs_out_changes_nothing",
               *[f"{CS}_a01_control_and_twin_a_load_that_goes_well_changes_all_weights"] * 2),
    "A02": Row("model_files.test_a02_a_load_that_fails_leaves_no_trace",
               f"{CS}_a02_control_what_is_left_behind_is_seen", "model_files.test_a02_a_load_that_fails_leaves_no_trace"),
    "A03": Row(*[f"{SAVES}.test_a_failure_at_every_write"] * 3),
    "A04": Row(f"{SAVES}.test_targets_that_are_no_files {SAVES}.test_a_full_disk {SAVES}.test_a_read_only_folder",
               *[f"{SAVES}.test_a_failure_at_every_write"] * 2),
    "A05": Row("mutations.test_damaged_and_forged_files_load_equal_or_are_refused",
               *["mutations.test_the_tool_sees_what_it_looks_for"] * 2),
    "A06": Row("../core/test_shown.test_names_are_escaped", "../core/test_shown.test_what_a_terminal_obeys_is_written_out",
               "../core/test_shown.test_names_of_all_languages_stay"),
    "A07": Row("model_files.test_a07_a_pickle_is_as_strict_as_a_file model_files.test_a07_a_pickle_of_something_else_is_refused",
               f"{CS}_a07_control_a_pickle_runs_what_it_says", "model_files.test_a07_a_pickle_is_as_strict_as_a_file"),
    "A08": Row(f"{CS}_a08_a_long_value_is_not_shown_whole {CS}_a08_a_long_value_in_a_file",
               f"{CS}_a08_control_the_value_would_be_that_long", f"{CS}_a08_twin_a_short_value_is_shown"),
    "A09": Row("all_or_nothing.test_loading_writes_nothing", *[f"{SAVES}.test_a_full_disk"] * 2),
    "A10": Row(*["model_files.test_a10_loads_in_threads_do_not_see_each_other"] * 3),
}  # fmt: skip

LAWS = {"C31", "C33", "C37", "D07", "A03", "A06", "A09", "A10"}
"""Rows that do not ask for a refusal, but for something that must hold."""

NOT_APPLICABLE = {
    "H23": "lamina has no way that hands a file to libhdf5 unchecked; that even the checked one does not crash "
    "is tested in children (H18, H26)",
}
